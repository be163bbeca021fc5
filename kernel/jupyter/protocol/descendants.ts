import { readdirSync, readFileSync } from "node:fs";

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
}

/**
 * Sends a signal to the children of this process, and to theirs. Those that were started detached are left alone: they
 * are meant to go on. Only Linux tells which there are.
 */
export function signalDescendants(signal: NodeJS.Signals): void {
  const all = processes();
  const own = all.find(({ pid }) => pid === process.pid);
  for (let above = new Set([process.pid]); own && above.size > 0; ) {
    const children = all.filter(({ parent, group }) => above.has(parent) && group === own.group);
    for (const { pid } of children) {
      try {
        process.kill(pid, signal);
      } catch {
        // It has ended by itself.
      }
    }
    above = new Set(children.map(({ pid }) => pid));
  }
}

function processes(): Process[] {
  try {
    return readdirSync("/proc")
      .map(Number)
      .filter(Number.isInteger)
      .flatMap((pid) => processOf(pid) ?? []);
  } catch {
    return [];
  }
}

/** Parent and group are the fourth and fifth field; the second is a name in parentheses that may hold anything. */
function processOf(pid: number): Process | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [, parent, group] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { pid, parent: Number(parent), group: Number(group) };
  } catch {
    return undefined;
  }
}
