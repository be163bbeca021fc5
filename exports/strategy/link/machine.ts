/**
 * The part of tickbook that goes into every bundle: feeds a strategy bar by bar and asks it for decisions. It runs in a
 * context of its own, where no object of the host may enter: it is given texts and answers with texts (`encodeValue`).
 *
 * A decision takes three calls, because predictions are made outside:
 *   push (the closed bar -> its feature row), the host's models (row -> predictions), decide (-> signals, memory).
 *
 * A machine that starts from another's snapshot goes on as that one would, bit for bit.
 */
import type { GoldenView, Memory } from "#backtest";
import { decodeValue, encodeValue, fail, isTickbookError, timeframeMs } from "#core";
import type { FeatureSnapshot, FeatureStream, Published } from "#features";
import type { InstrumentSpec, Signal } from "#model";
import {
  type AccountView,
  createDecider,
  type Decider,
  definedFields,
  type Strategy,
  strategyFacts,
} from "#strategy";
import { BarWindow, type WindowSnapshot } from "./bar-window.ts";

/** Each takes and gives canonical text. An answer is `{ ok }` or `{ error: { code, message } }`. */
export interface Machine {
  /** The strategy as data: {@link StrategyFacts}. */
  describe(): string;
  /** Begins anew. Takes {@link Start}. */
  start(text: string): string;
  /**
   * Takes {@link Push}: bars of an instrument that features name, whosever features they are. Before the bars that close with them or later
   * are pushed; those that are known already are passed over.
   */
  see(text: string): string;
  /**
   * Takes {@link Published}: values of series, before the bars that close at their publication or later are pushed; those
   * that are known already are passed over. Not there in scripts of bundles whose features could read no series.
   */
  publish(text: string): string;
  /** Takes {@link Push}; answers with the bars' feature rows one after another, each in the order of the set's names. */
  push(text: string): string;
  /** Takes {@link Ask}; answers with {@link Decided}. */
  decide(text: string): string;
  /** All that `start` needs to go on from here: {@link Start}. */
  snapshot(): string;
}

export interface Start {
  /** In the order of the strategy's symbols. */
  readonly instruments: readonly {
    readonly instrument: InstrumentSpec;
    /** The feature stream as it was before the first bar that will be pushed. */
    readonly snapshot?: FeatureSnapshot;
    /** The bars before that one, as far as the strategy looks back; missing where there was none. */
    readonly window?: WindowSnapshot;
  }[];
  /** What the strategy remembers; its initial memory without it. */
  readonly memory?: Memory;
}

export interface Push {
  readonly instrument: number;
  /** Each time, open, high, low, close, volume; oldest first. */
  readonly bars: readonly (readonly number[])[];
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
    see: (text) => answer(() => started().see(decodeValue(text) as Push)),
    publish: (text) => answer(() => started().publish(decodeValue(text) as Published)),
    push: (text) => answer(() => started().push(decodeValue(text) as Push)),
    decide: (text) => answer(() => started().decide(decodeValue(text) as Ask)),
    snapshot: () => answer(() => started().snapshot()),
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
  private readonly specs: readonly InstrumentSpec[];
  private readonly windows: readonly BarWindow[];
  private readonly streams: readonly (FeatureStream | undefined)[];
  private readonly reads: readonly string[];
  private readonly barMs: number;
  private readonly decider: Decider;
  private readonly lots: Float64Array;
  private readonly closed: Uint8Array;
  private readonly next: Int32Array;
  private view: Ask["view"] | undefined;

  constructor(strategy: Strategy, { instruments, memory }: Start) {
    const { spec } = strategy;
    const { params, features } = strategyFacts(strategy);
    this.reads = features.reads;
    this.barMs = timeframeMs(spec.timeframe);
    this.specs = instruments.map(({ instrument }) => instrument);
    this.streams = instruments.map(({ snapshot }) => {
      const stream = spec.features?.stream({ timeframe: spec.timeframe });
      if (snapshot) stream?.restore(snapshot);
      return stream;
    });
    this.windows = instruments.map(({ instrument, window }) => new BarWindow(spec, instrument, window));
    this.lots = new Float64Array(this.windows.length);
    this.closed = new Uint8Array(this.windows.length);
    this.next = new Int32Array(this.windows.length);
    this.decider = createDecider(spec, params, this.windows, this.accountView());
    if (memory) restoreMemory(this.decider, memory);
  }

  see({ instrument, bars }: Push): null {
    const { symbol } = this.specs[instrument]!;
    if (!this.reads.includes(symbol)) return null;
    this.streams.forEach((stream) => {
      if (!stream) return;
      for (const bar of bars) {
        const [time, open, high, low, close, volume] = bar as [
          number,
          number,
          number,
          number,
          number,
          number,
        ];
        if (time + this.barMs > stream.time) stream.see(symbol, { time, open, high, low, close, volume });
      }
    });
    return null;
  }

  publish(published: Published): null {
    for (const stream of this.streams) {
      if (!stream) continue;
      for (const [name, values] of Object.entries(published)) {
        for (const [time, published, value, seen = published] of values as [
          number,
          number,
          number,
          number?,
        ][])
          if (seen > stream.time) stream.publish(name, { time, published, value, seen });
      }
    }
    return null;
  }

  push({ instrument, bars }: Push): Float64Array {
    const window = this.windows[instrument]!;
    const width = window.rows.length;
    const rows = new Float64Array(bars.length * width);
    bars.forEach((bar, n) => {
      const row = rows.subarray(n * width, (n + 1) * width);
      const [time, open, high, low, close, volume] = bar as [number, number, number, number, number, number];
      this.streams[instrument]?.push({ time, open, high, low, close, volume }, row);
      window.push(bar, row);
    });
    return rows;
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
    const memory = this.memory();
    // What a restart would change (the order of keys, one object in two places) is changed at once: a strategy that
    // depends on it then decides otherwise in golden replay, and not after its first restart.
    restoreMemory(this.decider, memory);
    return { signals, memory };
  }

  snapshot(): Start {
    const instruments = this.specs.map((instrument, i) =>
      definedFields({
        instrument,
        snapshot: this.streams[i]?.snapshot(),
        window: this.windows[i]!.snapshot(),
      }),
    );
    return { instruments: instruments as Start["instruments"], memory: this.memory() };
  }

  /** As it comes back from its text. */
  private memory(): Memory {
    const { state, shared, random } = this.decider;
    return decodeValue(encodeValue({ state, shared, random: random.position }, "memory")) as Memory;
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
