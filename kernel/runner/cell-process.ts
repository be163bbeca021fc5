import { type ChildProcess, fork } from "node:child_process";
import type { Readable } from "node:stream";
import { builtFile } from "#storage";
import { createEventReader, EVENT_FD } from "./event-channel.ts";
import type { ChildCommand, ChildEvent } from "./events.ts";

/** How long the pipes of an ended process may stay open: a grandchild may hold them. */
const PIPE_GRACE_MS = 300;

export interface ProcessEnd {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface CellProcessOptions {
  readonly cwd: string;
  /** Limit of its heap, MB. */
  readonly memoryMb?: number;
  readonly onEvent: (event: ChildEvent) => void;
  /** What native code, child processes and a dying Node write to the process's own standard streams. */
  readonly onRawOutput: (name: "stdout" | "stderr", text: string) => void;
}

/** A fresh process for one run. */
export class CellProcess {
  /** Resolves when it has ended and all it sent has been received. */
  readonly ended: Promise<ProcessEnd>;
  private readonly child: ChildProcess;

  constructor({ cwd, memoryMb, onEvent, onRawOutput }: CellProcessOptions) {
    this.child = fork(builtFile("./child.js", import.meta.url), [], {
      cwd,
      // Its own process group, so that what the cells started ends with it.
      detached: true,
      // The first makes interrupts inside timers safe; the second is about the loader that imports use.
      execArgv: [
        "--no-force-async-hooks-checks",
        "--disable-warning=ExperimentalWarning",
        ...(memoryMb === undefined ? [] : [`--max-old-space-size=${memoryMb}`]),
      ],
      stdio: ["ignore", "pipe", "pipe", "ipc", "pipe"],
    });
    this.child.stdout?.setEncoding("utf8").on("data", (text: string) => onRawOutput("stdout", text));
    this.child.stderr?.setEncoding("utf8").on("data", (text: string) => onRawOutput("stderr", text));
    (this.child.stdio[EVENT_FD] as Readable).on("data", createEventReader(onEvent));
    this.ended = endOf(this.child);
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** A process that is gone gets no more commands: `ended` tells. */
  send(command: ChildCommand): void {
    if (this.child.connected) this.child.send(command, () => {});
  }

  /** Ends the process and all it started, at once. */
  kill(): void {
    const { pid } = this.child;
    if (pid === undefined) return;
    try {
      process.kill(-pid, "SIGKILL");
    } catch {
      // The group is gone already, or the platform has none.
      this.child.kill("SIGKILL");
    }
  }
}

function endOf(child: ChildProcess): Promise<ProcessEnd> {
  return new Promise((resolve) => {
    // It could not be started, or not be told something: either way it is of no use any more.
    child.once("error", () => resolve({ exitCode: child.exitCode, signal: child.signalCode }));
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
