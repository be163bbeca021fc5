/**
 * The process that runs a notebook's cells. It does what its parent says (`ChildCommand`), tells everything as it
 * happens (`ChildEvent`), and ends by itself when told to finish or when the parent is gone.
 */
import { Worker } from "node:worker_threads";
import { assert, type StartProgress, TickbookError } from "#core";
import { type CellOutcome, type CellSession, createSession } from "#session";
import { builtFile } from "#storage";
import { sendEvent } from "./event-channel.ts";
import type { ChildCommand } from "./events.ts";
import { transferable } from "./transferable.ts";

/** How long code that the cells left behind (timers, sockets) may go on after the last cell. */
const GRACE_MS = 500;
const PROGRESS_INTERVAL_MS = 50;

// The session replaces process.exit: cells must not end the process, but this file must.
const exit = process.exit.bind(process);
let session: CellSession | undefined;
let tasks = 0;
/** Commands are obeyed one after another. */
let last: Promise<void> = Promise.resolve();

async function obey(command: ChildCommand): Promise<void> {
  if (command.kind === "open") session = await open(command.root, command.home);
  else if (command.kind === "run-cell") await runCell(command);
  else finish();
}

function open(root: string, home: string | undefined): Promise<CellSession> {
  return createSession({
    root,
    ...(home === undefined ? {} : { home }),
    onOutput: (output) => {
      sendEvent({ kind: "output", output: transferable(output) as typeof output });
    },
    onFact: ({ cell, fact }) => {
      const value = transferable(fact.value);
      sendEvent({
        kind: "fact-recorded",
        fact: { kind: fact.kind, value },
        ...(cell === undefined ? {} : { cell }),
      });
    },
    startProgress,
  });
}

const startProgress: StartProgress = (label, total) => {
  const id = ++tasks;
  const cell = session?.currentCell();
  let done = 0;
  let sentAt = Number.NEGATIVE_INFINITY;
  const send = (isEnded: boolean, note?: string) => {
    sentAt = performance.now();
    const where = cell === undefined ? {} : { cell };
    sendEvent({
      kind: "progress",
      id,
      label,
      done,
      total,
      isEnded,
      ...where,
      ...(note === undefined ? {} : { note }),
    });
  };
  send(false);
  return {
    update(now, note) {
      done = now;
      if (performance.now() - sentAt >= PROGRESS_INTERVAL_MS) send(false, note);
    },
    end: (note) => send(true, note),
  };
};

async function runCell({ source, cell, tags }: Extract<ChildCommand, { kind: "run-cell" }>): Promise<void> {
  const current = session;
  assert(current, "the parent opens the session before it sends cells");
  // Without the channel, only the cell's own work keeps the process going. When there is none left, it is stuck.
  process.channel?.unref();
  let giveUp = () => {};
  const stuck = new Promise<CellOutcome>((resolve) => {
    giveUp = () => {
      process.channel?.ref();
      resolve(stuckOutcome(cell));
    };
  });
  process.once("beforeExit", giveUp);
  const outcome = await Promise.race([current.evaluate(source, cell, tags), stuck]);
  process.off("beforeExit", giveUp);
  process.channel?.ref();
  // Promises that were rejected and not awaited are reported after this turn.
  await new Promise((resolve) => setImmediate(resolve));
  if (outcome.status === "error") sendEvent({ kind: "cell-done", error: outcome.error });
  else if (outcome.result === undefined) sendEvent({ kind: "cell-done" });
  else
    sendEvent({
      kind: "cell-done",
      result: transferable(outcome.result) as NonNullable<typeof outcome.result>,
    });
}

/** The cell awaits something, and nothing is left in the process that could ever settle it. */
function stuckOutcome(cell: number): CellOutcome {
  const { code, message } = new TickbookError("session.stuck", {
    message: `cell ${cell} waits for a promise that nothing will ever settle`,
  });
  return {
    status: "error",
    error: { name: "Stuck", message, code, cell, traceback: [message, `  (${code})`] },
  };
}

function finish(): void {
  const current = session;
  assert(current, "the parent opens the session before it finishes");
  let isEnding = false;
  const end = async () => {
    if (isEnding) return;
    isEnding = true;
    const unstored = await current.storeGolden();
    const error = unstored ?? current.checkFrozen();
    sendEvent({ kind: "finished", reached: current.reached(), ...(error ? { error } : {}) });
    exit(0);
  };
  process.channel?.unref();
  process.once("beforeExit", () => void end());
  setTimeout(() => void end(), GRACE_MS).unref();
}

function watchParent(): void {
  const watch = new Worker(builtFile("./parent-watch.js", import.meta.url), {
    workerData: process.ppid,
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 },
  });
  // Without it everything works but this.
  watch.on("error", () => {});
  watch.unref();
}

process.on("disconnect", () => {
  try {
    // With all that the cells started: this process leads their group.
    process.kill(-process.pid, "SIGKILL");
  } catch {
    exit(1);
  }
});
// The parent decides what Ctrl-C means.
process.on("SIGINT", () => {});
watchParent();
process.on("message", (command: ChildCommand) => {
  last = last
    .then(() => obey(command))
    .catch((error: unknown) => {
      process.stderr.write(`${String(error instanceof Error ? error.stack : error)}\n`);
      exit(1);
    });
});
