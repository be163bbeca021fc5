import { isTickbookError, type Millis, type TickbookError } from "#core";
import { isStray } from "#engine";
import type { Published } from "#features";
import type { OrderReport } from "#model";
import type { Decision, LiveInput } from "./core/input.ts";
import { isForeignFee, type TradingCore } from "./core/trading-core.ts";
import type { Journal } from "./journal.ts";
import type { DecideRequest, FailedPredictions, StrategyAnswer } from "./strategy/types.ts";

/** The strategy, wherever it runs. */
export interface StrategyPort {
  publish(published: Published): Promise<void>;
  warmUp(bars: readonly (readonly (readonly number[])[])[]): Promise<void>;
  decide(request: DecideRequest): Promise<StrategyAnswer>;
}

/** Named points that a test may end the process at. */
export type CrashPoint =
  | "before-journal"
  | "after-journal"
  | "before-send"
  | "after-send"
  | "after-answer"
  | "before-report"
  | "after-report"
  | "before-snapshot"
  | "after-snapshot";

export type Log = (level: "info" | "warning" | "error", message: string, fields?: object) => void;

export interface DriverOptions {
  readonly core: TradingCore;
  readonly journal: Journal;
  readonly strategy: StrategyPort;
  /** Wall time, for receipt times. */
  now(): Millis;
  readonly onLog: Log;
  onPoint?(point: CrashPoint): void;
}

const VALUES_A_RECORD = 10_000;

/** The only way into the core: each record is written down before it is stepped, and each question is answered next. */
export class CoreDriver {
  readonly core: TradingCore;
  readonly #options: DriverOptions;

  constructor(options: DriverOptions) {
    this.core = options.core;
    this.#options = options;
  }

  /** Writes a record down, steps it, and has the strategy's answer if it leads to a question. */
  async step(input: LiveInput, received = this.#options.now()): Promise<void> {
    this.write(input, received);
    await this.ask();
  }

  /** A report without a time of the venue's happened, for us, now. A fee that research does not know halts. */
  async stepReport(report: OrderReport, received?: Millis): Promise<void> {
    const { engine } = this.core;
    const time = Number.isNaN(report.time) ? engine.now : report.time;
    const isForeign = isForeignFee(this.core, report) && !isStray(engine, report);
    await this.step({ ...report, time }, received);
    if (!isForeign || engine.halted) return;
    this.#options.onLog(
      "error",
      `halted: order ${report.id} paid its fee in ${report.feeAsset}; turn that off at the exchange, then resume`,
    );
    await this.step({ kind: "operator", time: engine.now, action: "halt" });
  }

  write(input: LiveInput, received = this.#options.now()): void {
    const { journal, onPoint } = this.#options;
    onPoint?.("before-journal");
    journal.append(input, received);
    onPoint?.("after-journal");
    this.core.step(input);
  }

  async ask(): Promise<void> {
    const { question, engine } = this.core;
    if (!question) return;
    const { now: time } = engine;
    let answer: StrategyAnswer;
    try {
      answer = await this.#options.strategy.decide(question);
    } catch (error) {
      this.fail(error);
      return;
    }
    this.tellFailed(answer.failed, question.bars);
    this.write({ kind: "decided", time, ...decisionFrom(answer) });
  }

  private tellFailed(failed: FailedPredictions = [], bars: DecideRequest["bars"]): void {
    failed.forEach((models, i) => {
      if (!bars[i]) return;
      const { symbol } = this.core.instruments[i]!;
      for (const [model, reason] of Object.entries(models))
        this.#options.onLog("warning", `no prediction for ${symbol}: ${reason}`, { model, symbol });
    });
  }

  /** Writes down what series told: a record has a limit, so much of it is several. */
  publish(values: Published): void {
    for (const [series, rows] of Object.entries(values))
      for (let from = 0; from < rows.length; from += VALUES_A_RECORD)
        this.write({ kind: "published", values: { [series]: rows.slice(from, from + VALUES_A_RECORD) } });
  }

  /** Feeds the bars before the first decision, and what series told before. */
  async warmUp(until: Millis, candles: Extract<LiveInput, { kind: "warmed-up" }>["candles"]): Promise<void> {
    const published = this.core.news.waiting;
    this.write({ kind: "warmed-up", until, candles });
    try {
      await this.#options.strategy.publish(published);
      await this.#options.strategy.warmUp(candles);
    } catch (error) {
      this.fail(error);
    }
  }

  /** The strategy is asked no more. Rethrows what is not the strategy's. */
  fail(error: unknown): void {
    if (!isTickbookError(error)) throw error;
    if (this.core.failure) return;
    this.write(failureInput(error, this.core.engine.now));
    this.#options.onLog("error", `the strategy was stopped: ${error.message}`, { code: error.code });
  }
}

/** As the journal writes it. */
export function decisionFrom({ rows, predictions, failed, signals, memory }: StrategyAnswer): Decision {
  const whole = { rows: rows.map((row) => row ?? null), predictions, signals, memory };
  return failed ? { ...whole, failed } : whole;
}

function failureInput({ code, message }: TickbookError, time: Millis): LiveInput {
  return { kind: "strategy-failed", time, code, message };
}
