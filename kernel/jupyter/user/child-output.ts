import { ChildProcess } from "node:child_process";
import process from "node:process";

type Spawn = (this: ChildProcess, options: { stdio?: unknown }) => unknown;

/**
 * Shows what child processes print that inherit this one's output (`stdio: "inherit"`): their descriptors lead past
 * the session to the terminal that Jupyter runs in. Whatever starts a child without waiting for it comes through here.
 * The output of native code and of `spawnSync` and the like with inherited output still goes to that terminal.
 */
export function captureChildren(): void {
  const holder = ChildProcess.prototype as unknown as { spawn: Spawn };
  const before = holder.spawn;
  holder.spawn = function spawn(options) {
    const [stdio, taken] = withPipes(options.stdio);
    const answer = before.call(this, taken.length > 0 ? { ...options, stdio } : options);
    for (const name of taken) this[name]?.on("data", (chunk: Buffer) => void process[name].write(chunk));
    return answer;
  };
}

/** @returns what to hand to Node, and the streams that were inherited. */
function withPipes(stdio: unknown): [unknown[], ("stdout" | "stderr")[]] {
  const list: unknown[] = Array.isArray(stdio) ? [...stdio] : [stdio, stdio, stdio];
  const taken: ("stdout" | "stderr")[] = [];
  for (const [slot, name] of [
    [1, "stdout"],
    [2, "stderr"],
  ] as const) {
    const way = list[slot];
    const target = way === "inherit" ? slot : way === process.stdout ? 1 : way === process.stderr ? 2 : way;
    // Crossed descriptors are rare, and not worth more code.
    if (target !== slot) continue;
    list[slot] = "pipe";
    taken.push(name);
  }
  return [list, taken];
}
