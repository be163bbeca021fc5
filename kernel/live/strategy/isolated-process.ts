import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Duplex } from "node:stream";
import { ANSWER_BYTES_MAX, CHANNEL_FD, createFrameReader, frameOf } from "./frames.ts";
import type { Launch } from "./layers.ts";

/** What is kept of the standard error, characters. */
const STDERR_KEPT = 4000;
/** Characters of it that are read at all: a process that floods it waits then, and meets its deadline. */
const STDERR_MAX = 2 ** 20;
const WATCH_MS = 100;
/** How long the pipes of an ended process may stay open. */
const PIPE_GRACE_MS = 300;

export interface ProcessEnd {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The end of what it wrote there. */
  readonly stderr: string;
}

export interface IsolatedProcessOptions {
  readonly launch: Launch;
  /** MiB of all memory, of the heap and outside it. */
  readonly rssMbMax: number;
  /** Without it nobody here reads from its channel: another process will. */
  readonly onText?: (text: string) => void;
  /** It claims to send a frame of this many bytes, which is too long. */
  readonly onTooLong?: (bytes: number) => void;
  /** It uses more than it may. @param rssMb MiB. */
  readonly onMemory: (rssMb: number) => void;
  /** Pipes that it inherits, as descriptors 4, 5, ...: to other processes. */
  readonly pipes?: readonly Duplex[];
}

/** How often a process reports its memory where the parent cannot see it; 0 where it can. */
export const REPORT_MS = process.platform === "linux" ? 0 : WATCH_MS;

/** A child process that is trusted with nothing: whatever it does, the parent goes on. */
export class IsolatedProcess {
  /** Resolves when it is gone. Never rejects. */
  readonly ended: Promise<ProcessEnd>;
  private readonly child: ChildProcess;
  private readonly options: IsolatedProcessOptions;
  private stderr = "";

  constructor(options: IsolatedProcessOptions) {
    const { command, args, cwd, env } = options.launch;
    const { pipes = [], onText, onTooLong = () => {} } = options;
    this.options = options;
    this.child = spawn(command, args, {
      cwd,
      env,
      // Its own process group: a Ctrl-C is for the daemon to judge.
      detached: true,
      stdio: ["ignore", "ignore", "pipe", "pipe", ...pipes],
    });
    const { child } = this;
    const { channel } = this;
    // A write to a process that is gone fails: its end tells.
    channel?.on("error", () => {});
    if (onText) channel?.on("data", createFrameReader(ANSWER_BYTES_MAX, onText, onTooLong));
    this.keepStderr();
    const watch = REPORT_MS === 0 ? setInterval(() => this.measure(), WATCH_MS) : undefined;
    this.ended = endOf(child).then((end) => {
      clearInterval(watch);
      return { ...end, stderr: this.stderr };
    });
  }

  get pid(): number | undefined {
    const { exitCode, signalCode, pid } = this.child;
    return exitCode === null && signalCode === null ? pid : undefined;
  }

  send(text: string): void {
    const { channel } = this;
    if (channel?.writable) channel.write(frameOf(text));
  }

  /** Ends it and its group at once. */
  kill(): void {
    const { pid } = this;
    if (pid === undefined) return;
    try {
      process.kill(-pid, "SIGKILL");
    } catch {
      // The group is gone already, or the platform has none.
      this.child.kill("SIGKILL");
    }
  }

  /** @param rssBytes as the process says, or as the system does. */
  checkMemory(rssBytes: number): void {
    const rssMb = rssBytes / 2 ** 20;
    if (rssMb > this.options.rssMbMax) this.options.onMemory(rssMb);
  }

  get channel(): Duplex | undefined {
    return (this.child.stdio[CHANNEL_FD] ?? undefined) as Duplex | undefined;
  }

  private keepStderr(): void {
    let length = 0;
    const { stderr } = this.child;
    stderr?.setEncoding("utf8").on("data", (text: string) => {
      length += text.length;
      this.stderr = (this.stderr + text).slice(-STDERR_KEPT);
      if (length > STDERR_MAX) stderr.pause();
    });
  }

  private measure(): void {
    const { pid } = this;
    if (pid === undefined) return;
    let status: string;
    try {
      status = readFileSync(`/proc/${pid}/status`, "utf8");
    } catch {
      return;
    }
    const kib = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
    if (kib !== undefined) this.checkMemory(Number(kib) * 1024);
  }
}

function endOf(child: ChildProcess): Promise<Omit<ProcessEnd, "stderr">> {
  return new Promise((resolve) => {
    // It could not be started.
    child.on("error", () => {
      if (child.pid === undefined) resolve({ exitCode: null, signal: null });
    });
    child.once("exit", (exitCode, signal) => {
      const end = { exitCode, signal };
      const timer = setTimeout(() => {
        for (const pipe of child.stdio) pipe?.destroy();
        resolve(end);
      }, PIPE_GRACE_MS);
      child.once("close", () => {
        clearTimeout(timer);
        resolve(end);
      });
    });
  });
}
