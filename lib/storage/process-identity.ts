import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

/** A process as a file can name it. Process numbers are used again: on Linux the other fields tell the owners apart. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly host: string;
  /** Of the running system since its start. */
  readonly boot?: string;
  /** Of the process numbers: every container has its own. */
  readonly pidNamespace?: string;
  /** Clock ticks from the start of the system to that of the process. */
  readonly startTicks?: string;
}

/** Of this process. */
export function ownIdentity(): ProcessIdentity {
  const boot = readOrUndefined(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim());
  const pidNamespace = readOrUndefined(() => readlinkSync("/proc/self/ns/pid"));
  const startTicks = processStat(process.pid)?.startTicks;
  return {
    pid: process.pid,
    host: hostname(),
    ...(boot === undefined ? {} : { boot }),
    ...(pidNamespace === undefined ? {} : { pidNamespace }),
    ...(startTicks === undefined ? {} : { startTicks }),
  };
}

/** "unknown" if it ran where this process cannot look: on another machine, in another container. */
export function lookFor(other: ProcessIdentity): "running" | "gone" | "unknown" {
  const own = ownIdentity();
  // All containers of a machine share its boot.
  if (other.host === own.host && other.boot !== own.boot) return "gone";
  if (other.host !== own.host || other.pidNamespace !== own.pidNamespace) return "unknown";
  const stat = processStat(other.pid);
  if (stat) return stat.startTicks === other.startTicks && !stat.hasEnded ? "running" : "gone";
  // No /proc, or it hides the processes of other users.
  return acceptsSignals(other.pid) ? "running" : "gone";
}

/** From /proc; undefined if there is no such process, or no /proc. */
function processStat(pid: number): { startTicks: string; hasEnded: boolean } | undefined {
  const line = readOrUndefined(() => readFileSync(`/proc/${pid}/stat`, "utf8"));
  // "pid (name) state ppid ...": a name may hold anything, so the fields are counted from the last bracket.
  const fields = line?.slice(line.lastIndexOf(")") + 2).split(" ");
  const state = fields?.[0];
  const startTicks = fields?.[19];
  if (state === undefined || startTicks === undefined) return undefined;
  // A zombie: it ended, and its parent has not asked how.
  return { startTicks, hasEnded: state === "Z" || state === "X" };
}

function acceptsSignals(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: unknown }).code === "EPERM";
  }
}

function readOrUndefined(read: () => string): string | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
