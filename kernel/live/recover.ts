import { assert, encodeValue, fail, isTickbookError } from "#core";
import type { TradingTerms } from "./core/input.ts";
import { TradingCore } from "./core/trading-core.ts";
import { type JournalRecord, readJournal } from "./journal.ts";
import type { StrategyStart } from "./strategy/types.ts";

/** What an account's journal leads to. Start-up is recovery: a new account has an empty journal. */
export interface Recovered {
  readonly core: TradingCore;
  /** By instrument: the bars that the strategy has seen, oldest first, warm-up included. */
  readonly bars: readonly (readonly number[])[][];
  /** What the strategy remembered after its last decision. */
  readonly memory: StrategyStart["memory"];
  /** False for a new account, whose terms are not written down yet. */
  readonly hasBegun: boolean;
}

/**
 * Steps all that the journal holds. No handler runs: the strategy's answers are in it.
 * Errors: `live.other-terms`, `live.bad-journal`, `storage.damaged`.
 */
export function recover(folder: string, terms: TradingTerms): Recovered {
  const core = new TradingCore(terms);
  const bars: (readonly number[])[][] = terms.instruments.map(() => []);
  let memory: StrategyStart["memory"];
  let hasBegun = false;
  for (const record of readJournal(folder)) {
    const { input } = record;
    if (!hasBegun) assertTerms(folder, record, terms);
    hasBegun = true;
    if (input.kind === "warmed-up") input.candles.forEach((candles, i) => void bars[i]!.push(...candles));
    if (input.kind === "decided") {
      memory = input.memory;
      core.question?.bars.forEach((bar, i) => {
        if (bar) bars[i]!.push(bar);
      });
    }
    stepRecord(core, folder, record);
  }
  return { core, bars, memory, hasBegun };
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
  if (first?.input.kind === "began") return first.input.terms;
  return fail("live.bad-journal", {
    message: `the journal in ${folder} does not begin with its terms`,
    fields: { folder, kind: first?.input.kind },
  });
}

function assertTerms(folder: string, { input }: JournalRecord, terms: TradingTerms): void {
  assert(input.kind === "began", "a journal begins with its terms");
  const differs = (Object.keys(terms) as (keyof TradingTerms)[]).find(
    (name) => name !== "engine" && encodeValue(input.terms[name]) !== encodeValue(terms[name]),
  );
  if (differs === undefined) return;
  fail("live.other-terms", {
    message: `the journal in ${folder} was begun with ${differs} ${encodeValue(input.terms[differs])}, and now it is ${encodeValue(terms[differs])}`,
    hint: "Give another --account folder, or the bundle and limits that this one was begun with.",
    fields: { folder, differs },
  });
}
