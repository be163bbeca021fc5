import { encodeValue, fail, isTickbookError } from "#core";
import type { Published } from "#features";
import type { TradingTerms } from "./core/input.ts";
import { addPublished } from "./core/news.ts";
import { TradingCore } from "./core/trading-core.ts";
import { type JournalRecord, readJournal } from "./journal.ts";
import { type LiveSnapshot, readSnapshot } from "./snapshot.ts";
import type { FailedPredictions, StrategyStart } from "./strategy/types.ts";

const MAY_CHANGE: readonly (keyof TradingTerms)[] = ["engine", "limits"];

/** What an account's journal leads to. Start-up is recovery: a new account has an empty journal. */
export interface Recovered {
  readonly core: TradingCore;
  /** Where the strategy begins: from a snapshot, or anew; with what it remembered after its last decision. */
  readonly start: StrategyStart;
  /** By instrument: the bars that it has seen since, oldest first, warm-up included. */
  readonly bars: readonly (readonly number[])[][];
  /** What it was told of series since. */
  readonly published: Published;
  /** Which predictions of the last of them failed, so that they are missing from now on as they were. */
  readonly failed?: FailedPredictions;
  /** False for a new account, whose terms are not written down yet. */
  readonly hasBegun: boolean;
}

/**
 * Takes the newest snapshot and steps all that the journal holds after it. No handler runs: the strategy's answers are
 * in it. @param journalEnd sequence of the journal's last record.
 * Errors: `live.other-terms`, `live.bad-journal`, `storage.damaged`.
 */
export async function recover(folder: string, terms: TradingTerms, journalEnd: number): Promise<Recovered> {
  const begun = journalEnd === 0 ? terms : begunTerms(folder, terms);
  const bars: (readonly number[])[][] = terms.instruments.map(() => []);
  const found = journalEnd === 0 ? undefined : await readSnapshot(folder, terms.bundle, journalEnd);
  const restored = found && coreFrom(begun, found);
  const [core, snapshot] = restored ? [restored, found] : [new TradingCore(begun), undefined];
  let start: StrategyStart = snapshot?.strategy ?? {
    instruments: terms.instruments.map((instrument) => ({ instrument })),
  };
  let failed: FailedPredictions | undefined;
  const published: Record<string, (readonly number[])[]> = {};
  for (const record of readJournal(folder, snapshot?.sequence)) {
    const { input } = record;
    if (input.kind === "warmed-up") {
      input.candles.forEach((candles, i) => void bars[i]!.push(...candles));
      addPublished(published, core.news.waiting);
    }
    if (input.kind === "decided") {
      start = { ...start, memory: input.memory };
      failed = input.failed;
      addPublished(published, core.question?.published);
      core.question?.bars.forEach((bar, i) => {
        if (bar) bars[i]!.push(bar);
      });
    }
    stepRecord(core, folder, record);
  }
  return { core, start, bars, published, ...(failed ? { failed } : {}), hasBegun: journalEnd > 0 };
}

/** Undefined for a snapshot that an engine of another version took: the journal holds all of it as well. */
function coreFrom(begun: TradingTerms, snapshot: LiveSnapshot): TradingCore | undefined {
  const core = new TradingCore(begun);
  try {
    core.restore(snapshot.core);
    return core;
  } catch (error) {
    if (isTickbookError(error) && error.code === "engine.bad-snapshot") return undefined;
    throw error;
  }
}

/** Errors: `live.bad-journal` for a record that cannot follow those before it. */
export function stepRecord(core: TradingCore, folder: string, { sequence, input }: JournalRecord): void {
  try {
    core.step(input);
  } catch (cause) {
    if (!isTickbookError(cause)) throw cause;
    fail("live.bad-journal", {
      message: `record ${sequence} of the journal in ${folder} (${input.kind}) cannot follow those before it: ${cause.message}`,
      hint: "Keep the folder as it is and report this: the engine may have changed since the journal was written.",
      fields: { folder, sequence, kind: input.kind },
      cause,
    });
  }
}

/** The terms that a journal was begun with. Errors: `live.bad-journal`. */
export function termsOf(folder: string): TradingTerms {
  const [first] = readJournal(folder);
  return termsFrom(folder, first);
}

function termsFrom(folder: string, first: JournalRecord | undefined): TradingTerms {
  if (first?.input.kind === "began") return first.input.terms;
  return fail("live.bad-journal", {
    message: `the journal in ${folder} does not begin with its terms`,
    hint: "It was changed or put together by hand. Restore it from a copy.",
    fields: { folder, kind: first?.input.kind },
  });
}

/** The terms that the journal was begun with, which must be today's but for the limits: those may change. */
function begunTerms(folder: string, terms: TradingTerms): TradingTerms {
  const begun = termsOf(folder);
  const differs = (Object.keys(terms) as (keyof TradingTerms)[]).find(
    (name) => !MAY_CHANGE.includes(name) && encodeValue(begun[name]) !== encodeValue(terms[name]),
  );
  if (differs === undefined) return begun;
  return fail("live.other-terms", {
    message: `the journal in ${folder} was begun with ${differs} ${encodeValue(begun[differs])}, and now it is ${encodeValue(terms[differs])}`,
    hint: "Give another --account folder, or the bundle that this one was begun with.",
    fields: { folder, differs },
  });
}
