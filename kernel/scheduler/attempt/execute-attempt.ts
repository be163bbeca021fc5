import { type ChildProcess, fork } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import { ERROR_CODES } from "#core";
import type { JsonData, Outcome, OutcomeStatus, Work } from "#jobs";
import { builtFile } from "#storage";
import type { AttemptResult } from "../state/types.ts";
import { memoryOfTree } from "./memory.ts";
import type { AttemptOrder, FromAttempt, ToAttempt } from "./messages.ts";

/** What the queue carries of a run. */
export interface RunPayload extends AttemptOrder {
  /** Where its attempts have their folders. */
  readonly folder: string;
}

/** How long a process may take to end when it is told to. */
const STOP_GRACE_MS = 10_000;
const TIMEOUT_GRACE_MS = 30_000;
const MEMORY_WATCH_MS = 250;

/** Runs one attempt in a process of its own and waits for its end. Never throws what the attempt did wrong. */
export async function executeAttempt({ payload, attempt, signal, progress }: Work): Promise<Outcome> {
  const order = payload as unknown as RunPayload;
  const folder = join(order.folder, String(attempt));
  mkdirSync(folder, { recursive: true });
  const log = join(folder, "log.txt");
  const outcome = await new AttemptProcess(order, folder, log, progress).ended(signal);
  return { ...outcome, result: { ...(outcome.result as Record<string, JsonData>), log } };
}

class AttemptProcess {
  private readonly order: RunPayload;
  private readonly child: ChildProcess;
  private last: Extract<FromAttempt, { kind: "ended" | "refused" }> | undefined;
  private cellsPid: number | undefined;
  /** The memory it was stopped at, MB. */
  private tooMuchMb: number | undefined;
  private isLate = false;

  constructor(order: RunPayload, folder: string, log: string, progress: (value: JsonData) => void) {
    this.order = order;
    const file = openSync(log, "a");
    try {
      this.child = fork(builtFile("./child.js", import.meta.url), [], {
        execArgv: [],
        stdio: ["ignore", file, file, "ipc"],
      });
    } finally {
      closeSync(file);
    }
    const start: ToAttempt = { kind: "start", order, folder };
    this.child.on("message", (message: FromAttempt) => {
      if (message.kind === "ready") this.tell(start);
      else if (message.kind === "cells") this.cellsPid = message.pid;
      else if (message.kind === "progress") progress({ cell: message.cell, cells: message.cells });
      else this.last = message;
    });
  }

  async ended(signal: AbortSignal): Promise<Outcome> {
    const { timeoutSeconds, memoryMb } = this.order;
    const timers: NodeJS.Timeout[] = [];
    const stop = () => {
      this.tell({ kind: "stop" });
      timers.push(setTimeout(() => this.kill(), STOP_GRACE_MS));
    };
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop);
    if (timeoutSeconds > 0) {
      const late = () => {
        this.isLate = true;
        this.kill();
      };
      // The process keeps the limit itself; this is for one that hangs.
      timers.push(setTimeout(late, timeoutSeconds * 1000 + TIMEOUT_GRACE_MS));
    }
    const watch = memoryMb > 0 ? setInterval(() => void this.watchMemory(), MEMORY_WATCH_MS) : undefined;
    const how = await new Promise<string>((resolve) => {
      this.child.once("error", (error) => resolve(`could not start: ${error.message}`));
      this.child.once("exit", (code, by) => resolve(by ? `was killed by ${by}` : `ended with code ${code}`));
    });
    clearInterval(watch);
    for (const timer of timers) clearTimeout(timer);
    signal.removeEventListener("abort", stop);
    // Of a process that was killed the cells may go on.
    if (!this.last) this.killCells();
    return this.outcome(signal, how);
  }

  private outcome(signal: AbortSignal, how: string): Outcome {
    const { last } = this;
    const result = (last?.result ?? {}) as AttemptResult;
    const end = (status: OutcomeStatus, error = result.error): Outcome => ({
      status,
      result: JSON.parse(JSON.stringify({ ...result, error })) as JsonData,
    });
    if (this.tooMuchMb !== undefined) return end("failed", memoryError(this.tooMuchMb, this.order.memoryMb));
    if (this.isLate) return end("timed-out", coded("runner.timed-out", "TimedOut", `the run ${how}`));
    if (last?.kind === "refused") return end("failed");
    if (last?.status === "ok") return end("done");
    if (signal.aborted) return end(signal.reason === "cancelled" ? "cancelled" : "dead");
    // Nobody of tickbook kills the cells but for memory: somebody outside cut the attempt short.
    if (
      !last ||
      last.status === "interrupted" ||
      last.killedBy === "SIGKILL" ||
      last.killedBy === "SIGTERM"
    ) {
      const text = last ? "the process that runs the cells was killed" : `the process of the attempt ${how}`;
      return end("dead", result.error ?? coded("scheduler.cut-short", "CutShort", text));
    }
    return end(last.status === "timed-out" ? "timed-out" : "failed");
  }

  private async watchMemory(): Promise<void> {
    if (this.cellsPid === undefined || this.tooMuchMb !== undefined) return;
    const mb = Math.round((await memoryOfTree(this.cellsPid).catch(() => 0)) / 2 ** 20);
    if (mb <= this.order.memoryMb || this.last) return;
    this.tooMuchMb = mb;
    // Its parent ends by itself and writes what there is.
    this.killCells();
  }

  private tell(message: ToAttempt): void {
    if (this.child.connected) this.child.send(message, () => {});
  }

  private kill(): void {
    this.child.kill("SIGKILL");
    this.killCells();
  }

  private killCells(): void {
    if (this.cellsPid === undefined) return;
    try {
      process.kill(-this.cellsPid, "SIGKILL");
    } catch {
      // They are gone already.
    }
  }
}

function memoryError(seenMb: number, limitMb: number): NonNullable<AttemptResult["error"]> {
  const text = `the cells' process and what it started held ${seenMb} MB, more than the limit of ${limitMb} MB`;
  return coded("scheduler.memory-limit", "MemoryLimit", text);
}

function coded(
  code: "scheduler.memory-limit" | "scheduler.cut-short" | "runner.timed-out",
  name: string,
  message: string,
): NonNullable<AttemptResult["error"]> {
  const { hint }: { readonly hint?: string } = ERROR_CODES[code];
  return { code, name, message: hint ? `${message}. ${hint}` : message };
}
