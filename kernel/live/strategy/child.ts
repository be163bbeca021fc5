/**
 * The strategy process: the trusted host around a bundle. It loads the models, then the script into a context of its
 * own, and answers one message after another. It trusts its parent, and ends when the parent is gone.
 */
import { Socket } from "node:net";
import { networkInterfaces } from "node:os";
import { assert, decodeValue, encodeValue, isTickbookError } from "#core";
import { type Ask, type Decided, loadScript, type Push, type Sandbox } from "#exports";
import { loadPredictor, type OnnxPredictor } from "#ml";
import { rowsFrom } from "./answer.ts";
import { disarm } from "./disarm.ts";
import { CHANNEL_FD, createFrameReader, frameOf } from "./frames.ts";
import type { Message, Opened, OpenMessage, Question, Reply } from "./messages.ts";
import type { Predictions, StrategyAnswer, StrategySnapshot, StrategyStart } from "./types.ts";

/** A model, and where its inputs stand in a feature row. */
interface Model {
  readonly name: string;
  readonly predictor: OnnxPredictor;
  readonly places: readonly number[];
  /** What it is fed: as many rows as it looks at. */
  readonly values: Float64Array;
}

/** A bundle at work. */
class Host {
  private readonly script: Sandbox;
  private readonly models: readonly Model[];
  private readonly width: number;
  private readonly seesOthers: boolean;
  /** Values of the rows that models look at. */
  private readonly seenMax: number;
  private predictions: Predictions[] = [];
  /** By instrument: its latest rows, one after another. */
  private seen: Float64Array[] = [];

  constructor(script: Sandbox, models: readonly Model[], width: number, seesOthers: boolean) {
    this.script = script;
    this.models = models;
    this.width = width;
    this.seesOthers = seesOthers;
    this.seenMax = width * Math.max(1, ...models.map(({ predictor }) => predictor.window));
  }

  async start({ instruments, memory, predictions }: StrategyStart): Promise<null> {
    this.call("start", { instruments, ...(memory ? { memory } : {}) });
    this.predictions = [];
    this.seen = instruments.map(({ window }) => window?.rows ?? new Float64Array(0));
    for (const [i, { window }] of instruments.entries()) {
      this.predictions.push(predictions?.[i] ?? (window ? await this.predict(i) : {}));
    }
    return null;
  }

  see(push: Push): null {
    this.call("see", push);
    return null;
  }

  /** @returns the bars' rows, one after another. */
  async push(push: Push): Promise<Float64Array> {
    const rows = rowsFrom(this.call("push", push), push.bars.length, this.width);
    if (push.bars.length > 0) {
      const both = Float64Array.from([...this.seen[push.instrument]!, ...rows.subarray(-this.seenMax)]);
      this.seen[push.instrument] = both.subarray(-this.seenMax);
      this.predictions[push.instrument] = await this.predict(push.instrument);
    }
    return rows;
  }

  async decide({ bars, started, view }: Extract<Question, { kind: "decide" }>): Promise<object> {
    const rows: (Float64Array | null)[] = [];
    // What closes together is seen together, whichever instrument comes first.
    if (this.seesOthers)
      for (const [instrument, bar] of bars.entries()) if (bar) this.see({ instrument, bars: [bar] });
    for (const [instrument, bar] of bars.entries()) {
      rows.push(bar === null ? null : await this.push({ instrument, bars: [bar] }));
    }
    const { predictions } = this;
    const ask: Ask = { closed: bars.map((bar) => (bar === null ? 0 : 1)), started, predictions, view };
    // The parent checks what they hold.
    const { signals = null, memory = null } = (this.call("decide", ask) ?? {}) as Partial<Decided>;
    return { rows, predictions, signals, memory } satisfies Record<keyof StrategyAnswer, unknown>;
  }

  snapshot(): StrategySnapshot {
    const start = this.script.call("snapshot") as Omit<StrategySnapshot, "predictions">;
    return { ...start, predictions: this.predictions };
  }

  private call(name: "start" | "see" | "push" | "decide", input: object): unknown {
    return this.script.call(name, encodeValue(input));
  }

  private async predict(instrument: number): Promise<Predictions> {
    const found: [string, number][] = [];
    const seen = this.seen[instrument]!;
    for (const { name, predictor, places, values } of this.models) {
      const first = seen.length - predictor.window * this.width;
      values.forEach((_, i) => {
        const row = Math.floor(i / places.length);
        values[i] = seen[first + row * this.width + places[i % places.length]!] ?? Number.NaN;
      });
      found.push([name, await predictor.predictRow(values)]);
    }
    return Object.fromEntries(found);
  }
}

let host: Host | undefined;

async function open({ script, features, seesOthers, models, reportMs }: OpenMessage): Promise<Opened> {
  if (reportMs > 0) setInterval(() => send({ rss: process.memoryUsage.rss() }), reportMs);
  const loaded: Model[] = [];
  for (const { name, inputs, bytes } of models) {
    const predictor = await loadPredictor({ bytes: Buffer.from(bytes, "base64"), inputs });
    loaded.push({
      name,
      predictor,
      places: inputs.map((input) => features.indexOf(input)),
      values: new Float64Array(predictor.window * inputs.length),
    });
  }
  disarm();
  // Looked at before any code of the bundle runs.
  const layers = { permissions: hasPermissions(), network: Object.keys(networkInterfaces()).length === 0 };
  // The parent holds the clock.
  host = new Host(loadScript(script, { deadlineMs: Infinity }), loaded, features.length, seesOthers);
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
    case "push":
      return host.push({ instrument: message.instrument, bars: message.bars });
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
