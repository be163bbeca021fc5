import type { Job, Run, RunStatus } from "../comm/protocol.ts";
import type { IconName } from "../ui/icon-paths.ts";
import { clock } from "../ui/text.ts";

type Tone = "" | "ok" | "warn" | "bad" | "m";

const STATUS: Record<RunStatus, readonly [IconName, Tone, string]> = {
  queued: ["queue", "m", "queued"],
  running: ["half", "ok", "running"],
  done: ["check", "ok", "done"],
  failed: ["x", "bad", "failed"],
  "timed-out": ["clock", "warn", "timed out"],
  cancelled: ["square", "m", "cancelled"],
  dead: ["stop", "bad", "cut short"],
  skipped: ["queue", "m", "skipped"],
};

/** Shape, colour and word of a run's status. */
export function statusLook(status: RunStatus): readonly [icon: IconName, tone: Tone, word: string] {
  return STATUS[status] ?? ["question", "warn", status];
}

/** Class of a mark in the row of the last runs; they differ by shape. */
export function markOf(status: RunStatus): string {
  switch (status) {
    case "done":
      return "o";
    case "failed":
    case "dead":
      return "x";
    case "timed-out":
      return "t";
    case "running":
    case "queued":
      return "rr";
    case "cancelled":
    case "skipped":
      return "s";
  }
}

/** "Last 12 runs, newest right: 9 done, 2 failed, 1 running". */
export function historyText(last: readonly RunStatus[]): string {
  if (last.length === 0) return "No runs yet";
  const counts = new Map<string, number>();
  for (const status of last) counts.set(STATUS[status][2], (counts.get(STATUS[status][2]) ?? 0) + 1);
  const words = [...counts].map(([word, number]) => `${number} ${word}`).join(", ");
  return `Last ${last.length} runs, newest right: ${words}`;
}

/** What the column "Now" says of a job. */
export function jobNow(job: Job, now: number): readonly [icon: IconName, tone: Tone, word: string] | null {
  if (job.running) return ["half", "ok", `running ${clock(now - job.running.startedAt)}`];
  if (job.isPaused) return ["pause", "", "paused"];
  if (job.failedInARow > 1) return ["x", "bad", `failed ${job.failedInARow} in a row`];
  if (job.failedInARow === 1) return ["x", "bad", "failed"];
  return null;
}

/** How long a run took or has taken, in milliseconds; null if it never started. */
export function durationMs(run: Run, now: number): number | null {
  if (run.startedAt === null) return null;
  return Math.max(0, (run.endedAt ?? now) - run.startedAt);
}

/** Width of the duration's bar: against the longest of the runs shown. */
export function durationShare(run: Run, runs: readonly Run[], now: number): number {
  const longest = Math.max(1, ...runs.map((one) => durationMs(one, now) ?? 0));
  return (durationMs(run, now) ?? 0) / longest;
}

export function isFailed({ status }: Run): boolean {
  return status === "failed" || status === "timed-out" || status === "dead";
}

/** A run that is still to end. */
export function isActive({ status }: Run): boolean {
  return status === "queued" || status === "running";
}
