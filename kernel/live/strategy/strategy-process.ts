import { decodeValue, ERROR_CODES, type ErrorCode, encodeValue, isTickbookError, TickbookError } from "#core";
import { type Manifest, modelFile, SCRIPT } from "#exports";
import type { Published } from "#features";
import type { Drift } from "#ml";
import { definedFields } from "#strategy";
import { type AnswerShape, answerFrom, driftFrom, openedFrom, rowsFrom, snapshotFrom } from "./answer.ts";
import { ANSWER_BYTES_MAX } from "./frames.ts";
import { IsolatedProcess, type ProcessEnd, REPORT_MS } from "./isolated-process.ts";
import { childEntry, type LaunchOptions, launchOf, ownReads } from "./layers.ts";
import type { DriftReport, Message, OpenMessage, Reply } from "./messages.ts";
import { ModelProcesses } from "./model-processes.ts";
import type {
  DecideRequest,
  FailedPredictions,
  Isolation,
  StrategyAnswer,
  StrategyProcess,
  StrategyProcessOptions,
  StrategySnapshot,
  StrategyStart,
} from "./types.ts";

const DECIDE_MS = 5000;
const START_MS = 20_000;
const HEAP_MB = 256;
/** What a process needs beside its heap: Node, onnxruntime, young objects, MiB. */
const OUTSIDE_HEAP_MB = 256;
/** And this many times its models, which are a text, bytes and a session while they are loaded. */
const MODEL_COPIES = 5;
/** Characters of a decision, which is read while the market goes on. */
const DECISION_LENGTH_MAX = 4 * 2 ** 20;
/** Characters of what comes unasked; a model of hundreds of inputs tells its drift in so many. */
const REPORT_LENGTH_MAX = 2 ** 18;
/** Of a report that is no measure of drift. */
const SHORT_REPORT_LENGTH_MAX = 100;
/** Bars that are fed in one round trip, so that each stays short. */
const BARS_A_MESSAGE = 1000;
/** V8's words when the heap is full, or a list would be larger than it can be. */
const OUT_OF_MEMORY = /heap out of memory|invalid (?:table|array|string)? ?(?:size|length) error/i;
const MESSAGE_LENGTH_MAX = 4000;

/**
 * Starts a process for a bundle and loads the bundle there: models, then script.
 * @param entry the JavaScript that runs there.
 * Errors: as {@link StrategyProcess}; also `ml.bad-model`.
 */
export async function startStrategyProcess(
  options: StrategyProcessOptions,
  entry = childEntry(),
): Promise<StrategyProcess> {
  const { bundle, heapMb = HEAP_MB, startTimeoutMs = START_MS, decideTimeoutMs = DECIDE_MS } = options;
  const message = openMessage(bundle, decideTimeoutMs);
  const withModels = message.models.length > 0 && !message.inference;
  const launch = { entry, reads: [...ownReads(withModels), entry], addons: withModels, heapMb };
  const running = new Running(bundle.manifest, decideTimeoutMs, options.onDeath);
  try {
    await running.open(launch, message, startTimeoutMs);
  } catch (error) {
    await running.stop();
    throw error;
  }
  return running;
}

function openMessage(
  { manifest, files }: StrategyProcessOptions["bundle"],
  decideTimeoutMs: number,
): OpenMessage {
  // A verified bundle has all its files.
  const file = (name: string) => Buffer.from(files.get(name)!);
  const models = Object.entries(manifest.models).map(([name, { hash, inputs }]) => ({
    name,
    inputs,
    bytes: file(modelFile(hash)).toString("base64"),
  }));
  const script = file(SCRIPT).toString("utf8");
  const { inference } = manifest;
  // Models that hang one after another must leave time to decide.
  const timeoutMsMax = decideTimeoutMs / (2 * Math.max(1, models.length));
  return {
    kind: "open",
    script,
    features: manifest.features.names,
    seesOthers: manifest.features.reads.length > 0,
    models,
    ...(inference && models.length > 0
      ? { inference: { ...inference, timeoutMs: Math.min(inference.timeoutMs, timeoutMsMax) } }
      : {}),
    reportMs: REPORT_MS,
  };
}

/** A request that was sent. */
interface Pending {
  /** Checks the answer and hands it over. */
  readonly take: (value: unknown) => void;
  readonly reject: (error: TickbookError) => void;
  readonly timer: NodeJS.Timeout;
  readonly lengthMax: number;
}

class Running implements StrategyProcess {
  isolation: Isolation = { permissions: false, network: false, heapMb: 0, context: true };
  readonly drift = new Map<string, readonly Drift[]>();
  private readonly name: string;
  private readonly shape: AnswerShape;
  /** By model. */
  private readonly inputs: Readonly<Record<string, readonly string[]>>;
  private readonly seesOthers: boolean;
  private readonly timeoutMs: number;
  private readonly onDeath: (error: TickbookError) => void;
  private process: IsolatedProcess | undefined;
  private models: ModelProcesses | undefined;
  /** Measures of drift that it may still send: one a model for each decision. */
  private measuresLeft = 0;
  private pending: Pending | undefined;
  /** Calls wait for each other. */
  private last: Promise<unknown> = Promise.resolve();
  /** Why it is dead, or about to be. */
  private failure: TickbookError | undefined;
  private isStopping = false;

  constructor(manifest: Manifest, timeoutMs: number, onDeath: (error: TickbookError) => void) {
    this.name = manifest.name;
    this.shape = {
      instruments: manifest.instruments.length,
      width: manifest.features.names.length,
      models: Object.keys(manifest.models),
    };
    this.inputs = Object.fromEntries(
      Object.entries(manifest.models).map(([name, { inputs }]) => [name, inputs]),
    );
    this.seesOthers = manifest.features.reads.length > 0;
    this.timeoutMs = timeoutMs;
    this.onDeath = onDeath;
  }

  get pid(): number | undefined {
    return this.process?.pid;
  }

  get modelPids(): readonly (number | undefined)[] {
    return this.models?.pids ?? [];
  }

  async open(launch: LaunchOptions, message: OpenMessage, timeoutMs: number): Promise<void> {
    const modelBytes = message.models.reduce((sum, { bytes }) => sum + bytes.length, 0);
    const rssMbMax = launch.heapMb + OUTSIDE_HEAP_MB + Math.ceil((MODEL_COPIES * modelBytes) / 2 ** 20);
    const command = await launchOf(launch);
    const apart = message.inference ? message.models : [];
    const models = await ModelProcesses.start(apart.map(({ bytes }) => bytes.length));
    this.models = models;
    const pipes = models.channels();
    const started = new IsolatedProcess({
      launch: command,
      rssMbMax,
      pipes,
      onText: (text) => this.receive(text),
      onTooLong: (bytes) => this.die("live.strategy-bad-answer", `sends ${bytes} bytes at once`),
      onMemory: (rssMb) => {
        this.die("live.strategy-memory", `uses ${Math.round(rssMb)} MiB; it may use ${rssMbMax}`);
      },
    });
    this.process = started;
    for (const pipe of pipes) pipe.destroy();
    void started.ended.then(async (end) => {
      await models.end();
      this.buried(end);
    });
    const opened = await this.ask(message, "loading", timeoutMs, openedFrom);
    this.isolation = { ...opened, heapMb: launch.heapMb, context: true };
  }

  async start(start: StrategyStart): Promise<void> {
    await this.ask({ kind: "start", start }, "starting", this.timeoutMs, () => undefined);
  }

  async publish(published: Published): Promise<void> {
    // Each series in parts, as bars.
    for (const [series, rows] of Object.entries(published))
      for (let from = 0; from < rows.length; from += BARS_A_MESSAGE) {
        const part = { [series]: rows.slice(from, from + BARS_A_MESSAGE) };
        await this.ask(
          { kind: "publish", published: part },
          "taking series",
          this.timeoutMs,
          () => undefined,
        );
      }
  }

  async warmUp(bars: readonly (readonly (readonly number[])[])[], failed?: FailedPredictions): Promise<void> {
    if (this.seesOthers) {
      for (const [instrument, list] of bars.entries())
        for (let from = 0; from < list.length; from += BARS_A_MESSAGE) {
          const part = list.slice(from, from + BARS_A_MESSAGE);
          await this.ask(
            { kind: "see", instrument, bars: part },
            "taking bars",
            this.timeoutMs,
            () => undefined,
          );
        }
    }
    for (const [instrument, list] of bars.entries())
      if (list.length > 0) await this.push(instrument, list, failed?.[instrument]);
  }

  async push(
    instrument: number,
    bars: readonly (readonly number[])[],
    failed?: FailedPredictions[number],
  ): Promise<readonly Float64Array[]> {
    const { width } = this.shape;
    const rows: Float64Array[] = [];
    for (let from = 0; from < bars.length; from += BARS_A_MESSAGE) {
      const part = bars.slice(from, from + BARS_A_MESSAGE);
      const flat = await this.ask(
        { kind: "push", instrument, bars: part, ...(failed ? { failed } : {}) },
        "taking bars",
        this.timeoutMs,
        (value) => rowsFrom(value, part.length, width),
      );
      part.forEach((_, n) => {
        rows.push(flat.slice(n * width, (n + 1) * width));
      });
    }
    return rows;
  }

  decide({ bars, started, view, published, failed }: DecideRequest): Promise<StrategyAnswer> {
    this.measuresLeft += this.shape.models.length;
    // The canonical text has no word for undefined.
    const message: Message = {
      kind: "decide",
      bars: bars.map((bar) => bar ?? null),
      started,
      view: { ...view, orders: view.orders.map((orders) => orders.map(definedFields)) },
      ...(published ? { published } : {}),
      ...(failed ? { failed } : {}),
    };
    const closed = bars.map((bar) => bar !== undefined);
    return this.ask(message, "deciding", this.timeoutMs, (value) => answerFrom(value, closed, this.shape));
  }

  snapshot(): Promise<StrategySnapshot> {
    return this.ask({ kind: "snapshot" }, "taking a snapshot", this.timeoutMs, (value) =>
      snapshotFrom(value, this.shape),
    );
  }

  async stop(): Promise<void> {
    this.isStopping = true;
    this.die("live.strategy-died", "was stopped");
    await this.process?.ended;
    await this.models?.end();
  }

  /** One round trip, after those before it. @param read checks and takes the answer. */
  private async ask<T>(
    message: Message,
    doing: string,
    timeoutMs: number,
    read: (value: unknown) => T,
  ): Promise<T> {
    const text = encodeValue(message, "request");
    const roundTrip = () =>
      new Promise<T>((resolve, reject) => {
        if (this.failure) {
          reject(this.failure);
          return;
        }
        const timer = setTimeout(() => {
          this.die("live.strategy-timeout", `did not end ${doing} within ${timeoutMs} ms`);
        }, timeoutMs);
        const lengthMax = message.kind === "decide" ? DECISION_LENGTH_MAX : ANSWER_BYTES_MAX;
        this.pending = { take: (value) => resolve(read(value)), reject, timer, lengthMax };
        this.process?.send(text);
      });
    const answered = this.last.then(roundTrip);
    this.last = answered.catch(() => {});
    return answered;
  }

  private receive(text: string): void {
    if (this.failure) return;
    const lengthMax = this.measuresLeft > 0 ? REPORT_LENGTH_MAX : SHORT_REPORT_LENGTH_MAX;
    if (text.length > Math.max(this.pending?.lengthMax ?? 0, lengthMax)) {
      this.die("live.strategy-bad-answer", `sends ${text.length} characters: ${text.slice(0, 100)}`);
      return;
    }
    let reply: Reply;
    try {
      reply = decodeValue(text) as Reply;
      if (typeof reply !== "object" || reply === null) throw new TypeError("no reply");
    } catch {
      this.die("live.strategy-bad-answer", `sends what has no meaning: ${text.slice(0, 100)}`);
      return;
    }
    if ("rss" in reply) {
      this.process?.checkMemory(Number(reply.rss));
      return;
    }
    if ("drift" in reply) {
      this.take(reply.drift);
      return;
    }
    const { pending } = this;
    if (!pending) {
      this.die("live.strategy-bad-answer", "sends an answer that nobody asked for");
      return;
    }
    if ("error" in reply) {
      this.end(errorFrom(reply.error));
      return;
    }
    try {
      pending.take(reply.ok);
    } catch (error) {
      if (!isTickbookError(error)) throw error;
      this.end(error);
      return;
    }
    clearTimeout(pending.timer);
    this.pending = undefined;
  }

  private take(report: DriftReport): void {
    if (this.measuresLeft-- <= 0) {
      this.die("live.strategy-bad-answer", "measures drift more often than it decides");
      return;
    }
    try {
      const { model, lines } = driftFrom(report, this.inputs);
      this.drift.set(model, lines);
    } catch (error) {
      if (!isTickbookError(error)) throw error;
      this.end(error);
    }
  }

  private die(code: ErrorCode, what: string): void {
    const message = `the process of strategy "${this.name}" ${what}`;
    const fields = { strategy: this.name, pid: this.pid };
    this.end(new TickbookError(code, { message, fields }));
  }

  /** Ends the process; who waits is told once it is gone. */
  private end(error: TickbookError): void {
    this.failure ??= error;
    this.process?.kill();
  }

  /** It is gone, whoever ended it. */
  private buried(end: ProcessEnd): void {
    this.failure ??= this.errorFromEnd(end);
    const { pending, failure } = this;
    this.pending = undefined;
    if (pending) {
      clearTimeout(pending.timer);
      pending.reject(failure);
    } else if (!this.isStopping) this.onDeath(failure);
  }

  private errorFromEnd({ exitCode, signal, stderr }: ProcessEnd): TickbookError {
    const lastWords = stderr.trim();
    const isMemory = OUT_OF_MEMORY.test(lastWords);
    const how = signal ? `by ${signal}` : exitCode === null ? "before it began" : `with code ${exitCode}`;
    return new TickbookError(isMemory ? "live.strategy-memory" : "live.strategy-died", {
      message: `the process of strategy "${this.name}" ended ${how}${isMemory ? ": its heap was full" : ""}${lastWords && !isMemory ? `: ${lastWords}` : ""}`,
      fields: { strategy: this.name, exitCode, signal, stderr: lastWords },
    });
  }
}

/** An error that the process tells of: the bundle's own, or what its host found. */
function errorFrom(told: unknown): TickbookError {
  const { code, message, hint } = (typeof told === "object" && told !== null ? told : {}) as Record<
    string,
    unknown
  >;
  const isKnown = typeof code === "string" && Object.hasOwn(ERROR_CODES, code);
  const text = (value: unknown) => (typeof value === "string" ? value.slice(0, MESSAGE_LENGTH_MAX) : "");
  return new TickbookError(isKnown ? (code as ErrorCode) : "live.strategy-bad-answer", {
    message: text(message) || "the strategy process tells of an error without a message",
    ...(text(hint) ? { hint: text(hint) } : {}),
  });
}
