import type { GoldenView, Memory } from "#backtest";
import type { TickbookError } from "#core";
import type { Bundle, Start } from "#exports";
import type { Published } from "#features";
import type { Drift } from "#ml";
import type { Signal } from "#model";

export interface StrategyProcessOptions {
  /** Verified already: its signature, its hashes and its golden vectors hold. */
  readonly bundle: Pick<Bundle, "manifest" | "files">;
  /** Deadline of one round trip, milliseconds. Default 5000. */
  readonly decideTimeoutMs?: number;
  /** Deadline of loading the models and the script, milliseconds. Default 20,000. */
  readonly startTimeoutMs?: number;
  /** Limit of the JavaScript heap, MiB. All memory may be 256 MiB more, and 5 times the models. Default 256. */
  readonly heapMb?: number;
  /** It ended, or broke the rules, while no request was open. Not called for what a request was rejected with. */
  readonly onDeath: (error: TickbookError) => void;
}

/** The layers in force around a bundle's code. */
export interface Isolation {
  /** Node's permission model: reads its own files only, writes and starts nothing. */
  readonly permissions: boolean;
  /** A network namespace without any interface. */
  readonly network: boolean;
  readonly heapMb: number;
  /** A JavaScript context without any object of the host. */
  readonly context: true;
}

/** What was predicted of an instrument's latest bar, by model; empty before the first bar. */
export type Predictions = Readonly<Record<string, number>>;

/**
 * By instrument, by model: why its latest bar has no prediction, in words; nothing for a model that did not fail. The
 * prediction is NaN then.
 */
export type FailedPredictions = readonly Readonly<Record<string, string>>[];

/** Where a process begins: instruments in the strategy's order, and what an earlier life left. */
export interface StrategyStart extends Start {
  /** By instrument; those of the windows' last bars are computed without it. */
  readonly predictions?: readonly Predictions[];
  readonly failed?: FailedPredictions;
}

/** Plain data for `encodeValue`; `start` takes it back. */
export type StrategySnapshot = Required<StrategyStart>;

export interface DecideRequest {
  /** By instrument: the bar that closed (time, open, high, low, close, volume), or undefined. */
  readonly bars: readonly (readonly number[] | undefined)[];
  /** 1 for each instrument of which a bar has closed since trading began, this one included. */
  readonly started: readonly number[];
  readonly view: GoldenView;
  /** What series told since the last one. */
  readonly published?: Published;
  /** In a replay, what failed then: it fails again without being asked, and the others may take their time. */
  readonly failed?: FailedPredictions;
}

export interface StrategyAnswer {
  /** By instrument: the feature row of the bar that closed. */
  readonly rows: readonly (readonly number[] | undefined)[];
  /** By instrument: of the latest bar. */
  readonly predictions: readonly Predictions[];
  /** Missing where nothing failed. */
  readonly failed?: FailedPredictions;
  readonly signals: readonly Signal[];
  readonly memory: Memory;
}

/**
 * A bundle at work in a process of its own. Calls are answered in order. Whatever goes wrong, the process is dead and
 * reaped before the call rejects, and every later call rejects with the same error:
 * `strategy.*` and `bundle.script-failed` (the bundle's code), `live.strategy-timeout`, `live.strategy-memory`,
 * `live.strategy-died`, `live.strategy-bad-answer`; `live.inference-failed` and `live.inference-timeout` where the
 * strategy does not go on without a prediction.
 */
export interface StrategyProcess {
  readonly isolation: Isolation;
  /** Undefined once it has ended. */
  readonly pid: number | undefined;
  /** Of the models that have processes of their own. */
  readonly modelPids: readonly (number | undefined)[];
  /** By model: what it was fed of late against its training; nothing before it was measured. */
  readonly drift: ReadonlyMap<string, readonly Drift[]>;
  /** Begins anew. Before it, nothing can be pushed or decided: `bundle.not-started`. */
  start(start: StrategyStart): Promise<void>;
  /** Tells what series told, before the bars that may see it. */
  publish(published: Published): Promise<void>;
  /**
   * Feeds bars that closed without a decision: warm-up and recovery. @param bars by instrument, as for `push`.
   * @param failed which predictions of the last bars failed, so that they are not made again.
   */
  warmUp(bars: readonly (readonly (readonly number[])[])[], failed?: FailedPredictions): Promise<void>;
  /**
   * Feeds such bars of one instrument.
   * @param bars each time, open, high, low, close, volume; oldest first, any number.
   * @returns one feature row a bar.
   */
  push(instrument: number, bars: readonly (readonly number[])[]): Promise<readonly Float64Array[]>;
  /** One decision in one round trip: pushes the bars that closed, predicts, decides. */
  decide(request: DecideRequest): Promise<StrategyAnswer>;
  snapshot(): Promise<StrategySnapshot>;
  /** Ends it and waits until it is gone. Safe to call at any time, and again. */
  stop(): Promise<void>;
}
