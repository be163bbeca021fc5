import { encodeValue, isTickbookError } from "#core";
import type { DecisionMade } from "#exports";
import type { Published } from "#features";
import type { LiveInput } from "./core/input.ts";
import { addPublished } from "./core/news.ts";
import { TradingCore } from "./core/trading-core.ts";
import { decisionFrom, type StrategyPort } from "./core-driver.ts";
import { readJournal } from "./journal.ts";
import { stepRecord, termsOf } from "./recover.ts";

/** Whether a journal says what its bundle and this engine make of what came from outside. */
export interface ReplayReport {
  readonly isEqual: boolean;
  readonly records: number;
  readonly decisions: number;
  readonly commands: number;
  /** By instrument: the bars that the strategy was asked about, as [time, open, high, low, close, volume]. */
  readonly bars: readonly (readonly number[])[][];
  /** What it was told of series. */
  readonly published: Published;
  /** What it decided. */
  readonly answers: readonly DecisionMade[];
  /** The first record that was made otherwise. */
  readonly difference?: { readonly sequence: number; readonly text: string };
  /** What the replay came to: its orders and fills. */
  readonly core: TradingCore;
}

/**
 * Takes from a journal only what came from outside: market, answers and fills, time, the operator. Rows, predictions,
 * decisions and orders are computed anew, by the bundle and this engine, and must be the journal's to the bit. That a
 * prediction failed came from outside as well: it fails again.
 * Errors: `live.bad-journal`, `storage.damaged`, the strategy's own.
 */
export async function verifyReplay(folder: string, strategy: StrategyPort): Promise<ReplayReport> {
  const core = new TradingCore(termsOf(folder));
  let records = 0;
  let commands = 0;
  const bars: (readonly number[])[][] = core.instruments.map(() => []);
  const answers: DecisionMade[] = [];
  const published: Record<string, (readonly number[])[]> = {};
  const report = (difference?: ReplayReport["difference"]): ReplayReport => ({
    isEqual: difference === undefined,
    records,
    decisions: core.decisions,
    commands,
    bars,
    published,
    answers,
    ...(difference ? { difference } : {}),
    core,
  });
  for (const record of readJournal(folder)) {
    const { sequence, input } = record;
    records = sequence;
    let text: string | undefined;
    if (input.kind === "warmed-up") {
      await strategy.publish(core.news.waiting);
      addPublished(published, core.news.waiting);
      await strategy.warmUp(input.candles);
    } else if (input.kind === "decided") {
      core.question?.bars.forEach((bar, i) => {
        if (bar) bars[i]!.push(bar);
      });
      addPublished(published, core.question?.published);
      answers.push({ time: input.time, signals: input.signals });
      text = core.question
        ? await differenceOfDecision(strategy, core.question, input)
        : "the journal holds a decision that nothing led to";
    } else if (input.kind === "sending") {
      commands++;
      const next = core.commands[0];
      const wanted = next && `${next.kind} ${next.order.id}`;
      if (wanted !== `${input.command} ${input.id}`)
        text = `the journal sends ${input.command} ${input.id}; the engine's next command is ${wanted ?? "none"}`;
    }
    if (text !== undefined) return report({ sequence, text });
    stepRecord(core, folder, record);
  }
  return report();
}

async function differenceOfDecision(
  strategy: StrategyPort,
  question: NonNullable<TradingCore["question"]>,
  recorded: Extract<LiveInput, { kind: "decided" }>,
): Promise<string | undefined> {
  try {
    const made: Record<string, unknown> = {
      ...decisionFrom(await strategy.decide({ ...question, failed: recorded.failed ?? [] })),
    };
    const written: Readonly<Record<string, unknown>> = { ...recorded };
    for (const part of ["rows", "predictions", "failed", "signals", "memory"]) {
      const [was, is] = [encodeValue(written[part] ?? null), encodeValue(made[part] ?? null)];
      if (was !== is) return `${part} were ${was}, and are ${is}`;
    }
    return undefined;
  } catch (error) {
    if (!isTickbookError(error)) throw error;
    return `the strategy decided then, and fails now: ${error.message}`;
  }
}
