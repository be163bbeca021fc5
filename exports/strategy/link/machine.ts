/**
 * The part of tickbook that goes into every bundle: feeds a strategy bar by bar and asks it for decisions. It runs in a
 * context of its own, where no object of the host may enter: it is given texts and answers with texts (`encodeValue`).
 *
 * A decision takes three calls, because predictions are made outside:
 *   push (the closed bar -> its feature row), the host's models (row -> predictions), decide (-> signals, memory).
 */
import type { GoldenView, Memory } from "#backtest";
import { decodeValue, encodeValue, fail, isTickbookError } from "#core";
import type { FeatureSnapshot, FeatureStream } from "#features";
import { BAR_COLUMNS, type BarColumns, createInstrument, type InstrumentSpec, type Signal } from "#model";
import {
  type AccountView,
  createDecider,
  type Decider,
  definedFields,
  type InstrumentColumns,
  type Strategy,
  strategyFacts,
} from "#strategy";

/** Each takes and gives canonical text. An answer is `{ ok }` or `{ error: { code, message } }`. */
export interface Machine {
  /** The strategy as data: {@link StrategyFacts}. */
  describe(): string;
  /** Begins anew. Takes {@link Start}. */
  start(text: string): string;
  /** Takes {@link Push}; answers with the bar's feature row, in the order of the set's names. */
  push(text: string): string;
  /** Takes {@link Ask}; answers with {@link Decided}. */
  decide(text: string): string;
}

export interface Start {
  /** In the order of the strategy's symbols. */
  readonly instruments: readonly {
    readonly instrument: InstrumentSpec;
    /** The feature stream as it was before the first bar that will be pushed. */
    readonly snapshot?: FeatureSnapshot;
  }[];
  /** What the strategy remembers; its initial memory without it. */
  readonly memory?: Memory;
}

export interface Push {
  readonly instrument: number;
  /** time, open, high, low, close, volume. */
  readonly bar: readonly number[];
}

export interface Ask {
  /** 1 for each instrument whose bar closed. */
  readonly closed: readonly number[];
  /** 1 for each instrument of which a bar has closed since trading began. */
  readonly started: readonly number[];
  /** By instrument, by model: the predictions of the latest bar. */
  readonly predictions: readonly Readonly<Record<string, number>>[];
  readonly view: GoldenView;
}

export interface Decided {
  readonly signals: readonly Signal[];
  readonly memory: Memory;
}

export function createMachine(strategy: Strategy): Machine {
  let running: Running | undefined;
  const started = (): Running =>
    running ?? fail("bundle.not-started", { message: "the bundle was fed before it was started" });
  return {
    describe: () => answer(() => describe(strategy)),
    start: (text) =>
      answer(() => {
        running = new Running(strategy, decodeValue(text) as Start);
        return null;
      }),
    push: (text) => answer(() => started().push(decodeValue(text) as Push)),
    decide: (text) => answer(() => started().decide(decodeValue(text) as Ask)),
  };
}

function describe(strategy: Strategy | undefined) {
  if (strategy?.kind !== "strategy") {
    fail("promote.not-a-strategy", {
      message: "what the notebook exports is not a strategy",
      hint: "Export one: export const live = strategy.with(best);",
    });
  }
  return strategyFacts(strategy);
}

/** Errors stay inside as well: only their text leaves. */
function answer(work: () => unknown): string {
  try {
    return encodeValue({ ok: work() }, "answer");
  } catch (error) {
    if (isTickbookError(error))
      return encodeValue({ error: { code: error.code, message: error.message, hint: error.hint ?? "" } });
    return encodeValue({ error: { code: "core.bug", message: String(error), hint: "" } });
  }
}

/** A strategy at work. */
class Running {
  private readonly windows: readonly Window[];
  private readonly streams: readonly (FeatureStream | undefined)[];
  private readonly decider: Decider;
  private readonly lots: Float64Array;
  private readonly closed: Uint8Array;
  private readonly next: Int32Array;
  private view: Ask["view"] | undefined;

  constructor(strategy: Strategy, start: Start) {
    const { spec } = strategy;
    const { params } = strategyFacts(strategy);
    this.streams = start.instruments.map(({ snapshot }) => {
      const stream = spec.features?.stream();
      if (snapshot) stream?.restore(snapshot);
      return stream;
    });
    this.windows = start.instruments.map(({ instrument }) => new Window(spec, instrument));
    this.lots = new Float64Array(this.windows.length);
    this.closed = new Uint8Array(this.windows.length);
    this.next = new Int32Array(this.windows.length);
    this.decider = createDecider(spec, params, this.windows, this.accountView());
    if (start.memory) restoreMemory(this.decider, start.memory);
  }

  push({ instrument, bar }: Push): Float64Array {
    const window = this.windows[instrument]!;
    const [, open, high, low, close, volume] = bar as [number, number, number, number, number, number];
    const row = new Float64Array(window.rows.length);
    this.streams[instrument]?.push({ open, high, low, close, volume }, row);
    window.push(bar, row);
    return row;
  }

  decide({ closed, started, predictions, view }: Ask): Decided {
    this.view = view;
    this.lots.set(view.lots);
    this.closed.set(closed);
    this.windows.forEach((window, i) => {
      window.predicted(predictions[i]!);
      this.next[i] = window.length;
    });
    // Windows slide, so every decision says anew where each instrument stands.
    this.decider.place(started.map((flag, i) => (flag === 1 ? this.next[i]! - 1 : -1)));
    const signals = this.decider.decide(this.closed, this.next).map(definedFields);
    const { state, shared, random } = this.decider;
    return { signals, memory: { state, shared, random: random.position } };
  }

  private accountView(): AccountView {
    const seen = () => this.view!;
    return {
      now: () => seen().now,
      equity: () => seen().equity,
      lots: this.lots,
      averagePrice: (i) => seen().averagePrice[i]!,
      mark: (i) => seen().mark[i]!,
      orders: (i) => seen().orders[i]!,
    };
  }
}

/** The last bars of an instrument, as many as `ctx.history` may ask for. */
class Window implements InstrumentColumns {
  readonly instrument: InstrumentColumns["instrument"];
  readonly bars: BarColumns;
  readonly rows: readonly Float64Array[];
  readonly predictions: Readonly<Record<string, Float64Array>>;
  length = 0;
  private readonly columns: readonly Float64Array[];
  private readonly kept: number;

  constructor(spec: Strategy["spec"], instrument: InstrumentSpec) {
    this.kept = Math.max(1, spec.history);
    // Twice what is kept, so that only every so many bars they are moved to the front.
    const column = () => new Float64Array(2 * this.kept);
    this.instrument = createInstrument(instrument);
    this.bars = {
      time: column(),
      open: column(),
      high: column(),
      low: column(),
      close: column(),
      volume: column(),
    };
    this.rows = (spec.features?.names ?? []).map(column);
    this.predictions = Object.fromEntries(Object.keys(spec.models).map((name) => [name, column()]));
    this.columns = [
      this.bars.time,
      ...BAR_COLUMNS.map((name) => this.bars[name]),
      ...this.rows,
      ...Object.values(this.predictions),
    ];
  }

  push(bar: readonly number[], row: Float64Array): void {
    if (this.length === 2 * this.kept) {
      for (const column of this.columns) column.copyWithin(0, this.kept);
      this.length = this.kept;
    }
    const values = [...bar, ...row];
    // Predictions come with the question.
    this.columns.forEach((column, k) => {
      column[this.length] = values[k] ?? Number.NaN;
    });
    this.length++;
  }

  predicted(values: Readonly<Record<string, number>>): void {
    if (this.length === 0) return;
    for (const [name, value] of Object.entries(values)) this.predictions[name]![this.length - 1] = value;
  }
}

/** The decider's contexts hold its objects, so their contents are replaced. */
function restoreMemory(decider: Decider, { state, shared, random }: Memory): void {
  decider.state.forEach((own, i) => {
    refill(own, state[i]!);
  });
  refill(decider.shared, shared);
  decider.random.position = random;
}

function refill(target: object, content: object): void {
  for (const name of Object.keys(target)) Reflect.deleteProperty(target, name);
  Object.assign(target, structuredClone(content));
}
