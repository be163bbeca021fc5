import { type Figure, lookaheadFigure } from "#analysis";
import { prepare, runPrepared, type SeriesTables } from "#backtest";
import { assert, fail, timeText } from "#core";
import {
  type FeatureSet,
  type LookaheadReport,
  lookaheadText,
  type ProbedColumns,
  type ProbeInputs,
  probeFuture,
} from "#features";
import { loadPredictor } from "#ml";
import { type Bars, indexAtTime } from "#model";
import type { Strategy } from "#strategy";
import type { BarsInput } from "./backtest.ts";
import { present } from "./present.ts";

/** What can be probed: a feature set, a strategy, or any function that makes columns from what it is given. */
export type LookaheadSubject<I> =
  | FeatureSet
  | Strategy
  | ((inputs: I) => ProbedColumns | Promise<ProbedColumns>);

export interface LookaheadOptions {
  /** How many moments are looked at, 1 to 1000. Default 12. */
  readonly moments?: number;
  readonly seed?: number;
  /** Largest relative difference that is no leak. Default 1e-9. */
  readonly tolerance?: number;
}

export interface Lookahead extends LookaheadReport {
  /** Which bars changed, for each leaking feature. */
  plot(): Figure;
}

/**
 * Does a computation read the future? It runs on the whole history, and at a number of moments on histories in which
 * all that became known later is removed or is other; what was known by then must not change.
 *
 * ```ts
 * await probeLookahead(set, history);
 * await probeLookahead(strategy, history);
 * await probeLookahead(({ bars, facts }) => ({ pe: join(bars, facts) }), { bars: history, facts });
 * ```
 * A model that is trained inside the function is probed with it; one that was frozen before cannot be.
 * @param subject for a function: it must read nothing but its inputs, or the future cannot be held back.
 * @param inputs bars (one or several, by symbol), and series or tables by name; `bars` are those whose rows come out.
 * Errors: `features.bad-probe`, and those of the computation on the whole history.
 */
export async function probeLookahead<I extends BarsInput | ProbeInputs>(
  subject: LookaheadSubject<I>,
  inputs: I,
  options: LookaheadOptions = {},
): Promise<Lookahead> {
  const isStrategy = (subject as Partial<Strategy>).kind === "strategy";
  const probed = isStrategy
    ? strategyColumns(subject as Strategy)
    : (subject as FeatureSet | ((inputs: ProbeInputs) => ProbedColumns));
  const cell =
    typeof subject === "function" ? await cellOfFunction(subject as (inputs: never) => unknown) : undefined;
  const cellOf = (feature: string) =>
    cell ?? (isStrategy ? undefined : cellOfFeature(subject as FeatureSet, feature));
  const report = await probeFuture(probed, inputsFrom(inputs), { ...options, cellOf });
  return present(report, {
    plot: () => lookaheadFigure(report.profile),
    title: report.leaks.length > 0 ? "The future leaks in" : "Nothing reads the future",
    rows: report.leaks.length > 0 ? report.leaks.map(leakRow) : [["Features", lookaheadText(report)]],
  }) as Lookahead;
}

function leakRow({
  feature,
  cell,
  barsAhead,
  time,
  value,
  other,
  moment,
}: LookaheadReport["leaks"][number]): [string, string] {
  const place = cell ? `${feature} (${cell})` : feature;
  return [
    place,
    `reads at least ${barsAhead} bar${barsAhead === 1 ? "" : "s"} ahead: on ${timeText(time)} it is ${short(value)}, and ${short(other)} if what comes after ${timeText(moment)} is other`,
  ];
}

function short(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(6))) : String(value);
}

function inputsFrom(inputs: BarsInput | ProbeInputs): ProbeInputs {
  if ("bars" in inputs) return inputs as ProbeInputs;
  // Bars that were stored or read, or columns of one's own.
  if ("instrument" in inputs || ArrayBuffer.isView((inputs as { time?: unknown }).time))
    return { bars: inputs as Bars };
  const [first, ...others] = Object.entries(inputs as Readonly<Record<string, Bars>>);
  if (!ArrayBuffer.isView(first?.[1]?.time)) {
    fail("features.bad-probe", { message: "no bars were given", hint: "probeLookahead(set, history)" });
  }
  return { bars: first[1], ...Object.fromEntries(others) };
}

/**
 * What a strategy makes of history, as columns on the first instrument's bars: its feature rows, its predictions, and
 * what it ordered at each bar. The last bar of a history decides nothing any more, so a shorter one leaves the orders out.
 */
function strategyColumns(strategy: Strategy) {
  const { spec } = strategy;
  let whole = 0;
  return async (inputs: ProbeInputs): Promise<ProbedColumns> => {
    const bars = Object.values(inputs).filter((each) => "open" in each) as Bars[];
    const series = Object.fromEntries(
      Object.entries(inputs).filter(([, each]) => "published" in each),
    ) as unknown as SeriesTables;
    const prepared = await prepare(spec, bars, { series }, loadPredictor);
    const result = runPrepared(strategy, prepared);
    const { time } = inputs.bars;
    const own = prepared.columns.find(({ bars }) => bars.time[0] === time[0] && bars.length === time.length);
    whole = Math.max(whole, time.length);
    const orders = new Float64Array(time.length);
    for (const { decision, side, lots, ticks = 0, instrument } of result.orders) {
      // The n-th decision is made at the close of the n-th bar of the timeline.
      const decided = prepared.timeline[decision - 1]!;
      const row = indexAtTime(inputs.bars, decided);
      if (time[row] === decided) orders[row]! += side * (lots + ticks * 1e-6) * (instrument + 1);
    }
    const rows = own ? spec.features?.names.map((name, k) => [name, own.rows[k]!] as const) : undefined;
    const predictions = own
      ? Object.entries(own.predictions).map(([name, column]) => [`model ${name}`, column] as const)
      : [];
    return {
      ...Object.fromEntries([...(rows ?? []), ...predictions]),
      ...(time.length < whole ? {} : { orders }),
    };
  };
}

class Caught extends Error {}

/** Anything that is read or called throws: the stack then names the cell whose code did it. */
const TRAP: object = new Proxy(() => {}, {
  get: () => {
    throw new Caught("probe");
  },
  apply: () => {
    throw new Caught("probe");
  },
});

async function cellOfFunction(code: (inputs: never) => unknown): Promise<string | undefined> {
  try {
    await code(TRAP as never);
  } catch (error) {
    return cellInStack(error);
  }
  return undefined;
}

/** The cell that defined a feature of the user's own; undefined for those of the catalog. */
function cellOfFeature(set: FeatureSet, name: string): string | undefined {
  const feature = set.list[set.names.indexOf(name)];
  assert(feature, "a probed feature is one of the set");
  try {
    feature.definition.step(TRAP as never, TRAP as never, TRAP as never, TRAP as never, 0);
  } catch (error) {
    return cellInStack(error);
  }
  return undefined;
}

function cellInStack(error: unknown): string | undefined {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  const found = /tickbook-cell:(\d+)|\bcell (\d+), line/.exec(stack);
  return found ? `cell ${found[1] ?? found[2]}` : undefined;
}
