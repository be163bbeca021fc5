/**
 * The strategy process: the trusted host around a bundle. It loads the models, then the script into a context of its
 * own, and answers one message after another. It trusts its parent, and ends when the parent is gone.
 */
import { Socket } from "node:net";
import { networkInterfaces } from "node:os";
import { assert, decodeValue, encodeValue, isTickbookError } from "#core";
import { type Ask, type Decided, loadScript, type Push, type Sandbox } from "#exports";
import type { Published } from "#features";
import type { InferencePolicy } from "#strategy";
import { REASON_LENGTH_MAX, rowsFrom } from "./answer.ts";
import { disarm } from "./disarm.ts";
import { DRIFT_ROWS, DriftWatch } from "./drift-watch.ts";
import { CHANNEL_FD, createFrameReader, frameOf, MODEL_FD } from "./frames.ts";
import type { Message, Opened, OpenMessage, Question, Reply } from "./messages.ts";
import { type ModelPort, openApart, openHere } from "./model-port.ts";
import { RecentRows } from "./recent-rows.ts";
import type {
  FailedPredictions,
  Predictions,
  StrategyAnswer,
  StrategySnapshot,
  StrategyStart,
} from "./types.ts";

/** A model, and where its inputs stand in a feature row. */
interface Model extends ModelPort {
  readonly name: string;
  readonly inputs: readonly string[];
  readonly places: readonly number[];
  /** What it is fed: as many rows as it looks at. */
  readonly values: Float64Array;
}

interface HostOptions {
  readonly script: Sandbox;
  readonly models: readonly Model[];
  /** Features in a row. */
  readonly width: number;
  readonly seesOthers: boolean;
  /** Without it a model that fails ends the strategy, and may take as long as the parent waits. */
  readonly inference: InferencePolicy | undefined;
}

/** A bundle at work. */
class Host {
  private readonly options: HostOptions;
  private readonly drift: DriftWatch;
  private predictions: Predictions[] = [];
  private failed: Record<string, string>[] = [];
  /** By instrument: its latest rows, as many as models look at. */
  private seen: RecentRows[] = [];

  constructor(options: HostOptions) {
    this.options = options;
    this.drift = new DriftWatch(options.models, (model, lines) => send({ drift: { model, lines } }));
  }

  async start({ instruments, memory, predictions, failed }: StrategyStart): Promise<null> {
    const { models, width } = this.options;
    this.call("start", { instruments, ...(memory ? { memory } : {}) });
    const kept = Math.max(1, ...models.map(({ window }) => window));
    this.seen = instruments.map(() => new RecentRows(width, kept));
    this.drift.start(instruments.length);
    this.predictions = instruments.map((_, i) => predictions?.[i] ?? {});
    this.failed = instruments.map((_, i) => ({ ...failed?.[i] }));
    for (const [i, { window }] of instruments.entries()) {
      if (!window) continue;
      this.look(i, rowsOf(window));
      if (!predictions?.[i]) await this.predict(i);
    }
    return null;
  }

  publish(published: Published): null {
    this.call("publish", published);
    return null;
  }

  see(push: Push): null {
    this.call("see", push);
    return null;
  }

  /**
   * @param failed models that are known to fail at the last bar. @returns the bars' rows, one after another.
   */
  async push(push: Push, failed: FailedPredictions[number] = {}, timeoutMs?: number): Promise<Float64Array> {
    const { instrument, bars } = push;
    const rows = rowsFrom(this.call("push", { instrument, bars }), bars.length, this.options.width);
    if (bars.length > 0) {
      this.look(instrument, rows);
      await this.predict(instrument, failed, timeoutMs);
    }
    return rows;
  }

  async decide(question: Extract<Question, { kind: "decide" }>): Promise<object> {
    const { bars, started, view, published, failed } = question;
    if (published) this.publish(published);
    const rows: (Float64Array | null)[] = [];
    // What closes together is seen together, whichever instrument comes first.
    if (this.options.seesOthers)
      for (const [instrument, bar] of bars.entries()) if (bar) this.see({ instrument, bars: [bar] });
    // A replay may be on a slower machine.
    const timeoutMs = failed ? Number.POSITIVE_INFINITY : undefined;
    for (const [instrument, bar] of bars.entries()) {
      const known = failed?.[instrument] ?? {};
      if (bar === null) this.miss(instrument, known);
      rows.push(bar === null ? null : await this.push({ instrument, bars: [bar] }, known, timeoutMs));
    }
    const { predictions } = this;
    const ask: Ask = { closed: bars.map((bar) => (bar === null ? 0 : 1)), started, predictions, view };
    // The parent checks what they hold.
    const { signals = null, memory = null } = (this.call("decide", ask) ?? {}) as Partial<Decided>;
    const isWhole = this.failed.every((models) => Object.keys(models).length === 0);
    const answer: Record<Exclude<keyof StrategyAnswer, "failed">, unknown> = {
      rows,
      predictions,
      signals,
      memory,
    };
    return isWhole ? answer : { ...answer, failed: this.failed };
  }

  snapshot(): StrategySnapshot {
    const start = this.options.script.call("snapshot") as Omit<StrategySnapshot, "predictions" | "failed">;
    return { ...start, predictions: this.predictions, failed: this.failed };
  }

  /** Called once a decision is answered. */
  afterDecision(): void {
    this.drift.step();
  }

  private call(name: "start" | "publish" | "see" | "push" | "decide", input: object): unknown {
    return this.options.script.call(name, encodeValue(input));
  }

  /** Takes an instrument's next rows, one after another. */
  private look(instrument: number, rows: Float64Array): void {
    const { models, width } = this.options;
    this.seen[instrument]!.push(rows);
    const latest = rows.subarray(-DRIFT_ROWS * width);
    models.forEach(({ places }, m) => {
      for (let at = 0; at < latest.length; at += width)
        this.drift.addRow(
          instrument,
          m,
          Float64Array.from(places, (place) => latest[at + place]!),
        );
    });
  }

  private async predict(
    instrument: number,
    known: FailedPredictions[number] = {},
    timeoutMs = this.options.inference?.timeoutMs ?? Number.POSITIVE_INFINITY,
  ): Promise<void> {
    const found: [string, number][] = [];
    this.failed[instrument] = { ...known };
    for (const [m, model] of this.options.models.entries()) {
      const prediction = Object.hasOwn(known, model.name)
        ? Number.NaN
        : await this.predictionOf(instrument, model, timeoutMs);
      found.push([model.name, prediction]);
      this.drift.addPrediction(instrument, m, prediction);
    }
    this.predictions[instrument] = Object.fromEntries(found);
  }

  private async predictionOf(instrument: number, model: Model, timeoutMs: number): Promise<number> {
    const { name, window, places, values } = model;
    const { width, inference } = this.options;
    const seen = this.seen[instrument]!.latest(window);
    // As in a backtest, whose first rows lack those before them.
    if (!seen) return Number.NaN;
    for (let row = 0; row < window; row++)
      places.forEach((place, k) => {
        values[row * places.length + k] = seen[row * width + place]!;
      });
    try {
      return await model.predict(values, timeoutMs);
    } catch (error) {
      if (inference?.onFailure !== "missing") throw error;
      this.failed[instrument]![name] = (error as Error).message.slice(0, REASON_LENGTH_MAX);
      return Number.NaN;
    }
  }

  private miss(instrument: number, failed: FailedPredictions[number]): void {
    Object.assign(this.failed[instrument]!, failed);
    const lost = Object.fromEntries(Object.keys(failed).map((name) => [name, Number.NaN]));
    this.predictions[instrument] = { ...this.predictions[instrument], ...lost };
  }
}

type Window = NonNullable<StrategyStart["instruments"][number]["window"]>;

/** A script that was linked by an earlier tickbook keeps the last row alone: its models look at no more. */
function rowsOf(window: Window & { readonly row?: Float64Array }): Float64Array {
  return (window as Partial<typeof window>).rows ?? window.row ?? new Float64Array(0);
}

let host: Host | undefined;

async function open(message: OpenMessage): Promise<Opened> {
  const { script, features, seesOthers, models, inference, reportMs } = message;
  if (reportMs > 0) setInterval(() => send({ rss: process.memoryUsage.rss() }), reportMs);
  const loaded = await Promise.all(
    models.map(async ({ name, inputs, bytes: text }, k): Promise<Model> => {
      const source = { name, inputs, bytes: Buffer.from(text, "base64") };
      const port = await (inference ? openApart(source, MODEL_FD + k) : openHere(source));
      return {
        ...port,
        name,
        inputs,
        places: inputs.map((input) => features.indexOf(input)),
        values: new Float64Array(port.window * inputs.length),
      };
    }),
  );
  disarm();
  // Looked at before any code of the bundle runs.
  const layers = { permissions: hasPermissions(), network: Object.keys(networkInterfaces()).length === 0 };
  // The parent holds the clock.
  host = new Host({
    script: loadScript(script, { deadlineMs: Infinity }),
    models: loaded,
    width: features.length,
    seesOthers,
    inference,
  });
  return layers;
}

/** In force, and not open for everything. */
function hasPermissions(): boolean {
  const { permission } = process as { readonly permission?: { has(scope: string, path?: string): boolean } };
  return permission !== undefined && !permission.has("fs.read", process.execPath) && !permission.has("child");
}

function obey(message: Question): unknown {
  assert(host, "the parent opens the bundle before it asks anything");
  switch (message.kind) {
    case "start":
      return host.start(message.start);
    case "see":
      return host.see({ instrument: message.instrument, bars: message.bars });
    case "publish":
      return host.publish(message.published);
    case "push":
      return host.push(message, message.failed);
    case "decide":
      return host.decide(message);
    case "snapshot":
      return host.snapshot();
  }
}

async function answer(text: string): Promise<void> {
  try {
    const message = decodeValue(text) as Message;
    send({ ok: await (message.kind === "open" ? open(message) : obey(message)) });
    if (message.kind === "decide") setImmediate(() => host?.afterDecision());
  } catch (error) {
    const { code, hint } = isTickbookError(error) ? error : { code: "core.bug", hint: undefined };
    send({ error: { code, message: (error as Error).message, hint: hint ?? "" } });
  }
}

const channel = new Socket({ fd: CHANNEL_FD, readable: true, writable: true });

function send(reply: Reply): void {
  channel.write(frameOf(encodeValue(reply)));
}

/** Messages are obeyed one after another. */
let last: Promise<void> = Promise.resolve();
const end = () => process.exit(0);
channel.on("error", end).on("close", end);
channel.on(
  "data",
  createFrameReader(
    // The parent is trusted, and a bundle's models may be large.
    2 ** 32,
    (text) => {
      last = last.then(() => answer(text));
    },
    end,
  ),
);
