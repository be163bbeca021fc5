import { type Millis, timeframeMs } from "#core";
import { backtestBundle, verifyBundle } from "#exports";
import { type Bars, indexAtTime, sliceBars } from "#model";
import { readTrusted } from "./account-folder.ts";
import { TradingCore } from "./core/trading-core.ts";
import { assertJournal, journalHash, readJournal } from "./journal.ts";
import { compareWithBacktest, type ParityReport } from "./parity.ts";
import { stepRecord, termsOf } from "./recover.ts";
import { startStrategyProcess } from "./strategy/strategy-process.ts";
import { type ReplayReport, verifyReplay } from "./verify-replay.ts";

export interface ProveOptions {
  /** Folder of the bundle that traded. */
  readonly bundle: string;
  /** Folder of the account. */
  readonly folder: string;
  /** The history that the venue replayed. */
  readBars(symbol: string, timeframe: string): Promise<Bars>;
}

export interface Proof {
  /** sha256 of what the journal says. */
  readonly journal: string;
  readonly replay: ReplayReport;
  readonly parity: ParityReport;
}

/**
 * Proves a session twice: the journal follows from what came from outside, and trading did what the backtest of the
 * same bundle does: on the bars of the history, and on what series told when they told it.
 * Errors: `bundle.*`, `live.no-journal`, `live.bad-journal`, `data.*`.
 */
export async function prove({ bundle: path, folder, readBars }: ProveOptions): Promise<Proof> {
  assertJournal(folder);
  const bundle = await verifyBundle(path, await readTrusted(folder));
  const strategy = await startStrategyProcess({ bundle, onDeath: () => {} });
  let replay: ReplayReport;
  try {
    await strategy.start({ instruments: bundle.manifest.instruments.map((instrument) => ({ instrument })) });
    replay = await verifyReplay(folder, strategy);
  } finally {
    await strategy.stop();
  }
  const { timeframe, limits, account, instruments } = replay.core.terms;
  const last = lastTradeTime(folder);
  const bars: Bars[] = [];
  /** Start of the bar in whose middle the session was stopped; what came after is not in the backtest. */
  let cut = Number.POSITIVE_INFINITY;
  for (const { symbol } of instruments) {
    const all = await readBars(symbol, timeframe);
    // Only bars that the session saw to their end.
    const whole = indexAtTime(all, last + 1 - timeframeMs(timeframe) + 1);
    bars.push(sliceBars(all, 0, whole));
    if (whole < all.length && all.time[whole]! <= last) cut = Math.min(cut, all.time[whole]!);
  }
  const core = cut === Number.POSITIVE_INFINITY ? replay.core : coreBefore(folder, cut);
  const { tradesFrom: from } = core;
  const { published } = replay;
  const tested = await backtestBundle(bundle, { bars, from, limits, account, published });
  const traded = {
    bars: bars.map((history, i) => ({ live: replay.bars[i]!, history })),
    decisions: replay.answers.filter(({ time }) => time < cut),
  };
  return { journal: journalHash(folder), replay, parity: compareWithBacktest(core, tested, traded) };
}

/** What a journal leads to before the first trade at or past a time. */
function coreBefore(folder: string, time: Millis): TradingCore {
  const core = new TradingCore(termsOf(folder));
  for (const record of readJournal(folder)) {
    const { input } = record;
    if ((input.kind === "trade" || input.kind === "time-reached") && input.time >= time) break;
    stepRecord(core, folder, record);
  }
  return core;
}

function lastTradeTime(folder: string): number {
  let last = Number.NEGATIVE_INFINITY;
  for (const { input } of readJournal(folder)) if (input.kind === "trade") last = Math.max(last, input.time);
  return last;
}
