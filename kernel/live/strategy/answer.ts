/** What the strategy process answers is the bundle's word: nothing of it is used before it was checked here. */
import { inspect } from "node:util";
import { fail } from "#core";
import type { Start } from "#exports";
import type { Drift } from "#ml";
import type { CancelSignal, OrderSignal, Signal, TargetSignal } from "#model";
import type { DriftReport, Opened } from "./messages.ts";
import type { FailedPredictions, Predictions, StrategyAnswer, StrategySnapshot } from "./types.ts";

/** What a bundle's answers must fit. */
export interface AnswerShape {
  readonly instruments: number;
  /** Features in a row. */
  readonly width: number;
  readonly models: readonly string[];
}

type Fields = Readonly<Record<string, unknown>>;

/** Signals of one decision: more is not trading. */
const SIGNALS_MAX = 1000;
const ID_LENGTH_MAX = 64;
/** Characters of why a prediction failed. */
export const REASON_LENGTH_MAX = 300;

/** Errors: `live.strategy-bad-answer`. */
export function openedFrom(value: unknown): Opened {
  const { permissions, network } = record("its layers", value);
  return { permissions: permissions === true, network: network === true };
}

/** Feature rows one after another. Errors: `live.strategy-bad-answer`. */
export function rowsFrom(value: unknown, count: number, width: number): Float64Array {
  return value instanceof Float64Array && value.length === count * width
    ? value
    : bad(`feature rows of ${count} bars`, value);
}

/** @param closed by instrument: whether a bar was sent. Errors: `live.strategy-bad-answer`. */
export function answerFrom(value: unknown, closed: readonly boolean[], shape: AnswerShape): StrategyAnswer {
  const { rows, predictions, failed, signals, memory } = record("a decision", value);
  const rowList = list("rows", rows, closed.length);
  return {
    rows: closed.map((isClosed, i) => {
      if (!isClosed)
        return rowList[i] === null ? undefined : bad("the row of a bar that did not close", rowList[i]);
      return Array.from(rowsFrom(rowList[i], 1, shape.width));
    }),
    predictions: predictionsFrom(predictions, shape),
    ...(failed === undefined ? {} : { failed: failedFrom(failed, shape) }),
    signals: signalsFrom(signals, shape),
    memory: memoryFrom(memory, shape),
  };
}

/** Errors: `live.strategy-bad-answer`. */
export function snapshotFrom(value: unknown, shape: AnswerShape): StrategySnapshot {
  const { instruments, memory, predictions, failed } = record("a snapshot", value);
  list("instruments", instruments, shape.instruments);
  // Feature states and windows are checked by who takes them back.
  return {
    instruments: instruments as Start["instruments"],
    memory: memoryFrom(memory, shape),
    predictions: predictionsFrom(predictions, shape),
    failed: failedFrom(failed, shape),
  };
}

function failedFrom(value: unknown, { instruments, models }: AnswerShape): FailedPredictions {
  return list("failed predictions", value, instruments).map((each) => {
    const found = record("failed predictions", each);
    const isGood = Object.entries(found).every(
      ([name, reason]) =>
        models.includes(name) && typeof reason === "string" && reason.length <= REASON_LENGTH_MAX,
    );
    return isGood ? (found as FailedPredictions[number]) : bad(`why ${models.join(", ")} failed`, each);
  });
}

function predictionsFrom(value: unknown, { instruments, models }: AnswerShape): readonly Predictions[] {
  return list("predictions", value, instruments).map((each) => {
    const found = record("predictions", each);
    const names = Object.keys(found);
    const isKnown =
      names.length === 0 ||
      (names.length === models.length && models.every((name) => Object.hasOwn(found, name)));
    const areNumbers = names.every((name) => typeof found[name] === "number");
    return isKnown && areNumbers ? (found as Predictions) : bad(`predictions of ${models.join(", ")}`, each);
  });
}

function memoryFrom(value: unknown, { instruments }: AnswerShape): StrategyAnswer["memory"] {
  const { state, shared, random } = record("memory", value);
  const own = list("state", state, instruments).map((each) => record("state", each));
  if (!Number.isSafeInteger(random) || (random as number) < 0) bad("a random position", random);
  return { state: own, shared: record("shared", shared), random: random as number };
}

function signalsFrom(value: unknown, { instruments }: AnswerShape): readonly Signal[] {
  if (!Array.isArray(value) || value.length > SIGNALS_MAX)
    bad(`a list of up to ${SIGNALS_MAX} signals`, value);
  return (value as readonly unknown[]).map((each) => {
    const signal = record("a signal", each);
    const { kind, instrument } = signal;
    const isPlaced =
      Number.isInteger(instrument) && (instrument as number) >= 0 && (instrument as number) < instruments;
    const isGood =
      (kind === "target" && isTarget(signal)) ||
      (kind === "order" && isOrder(signal)) ||
      (kind === "cancel" && isCancel(signal));
    return isPlaced && isGood ? (signal as unknown as Signal) : bad("a signal", each);
  });
}

/** The rules of ctx.target, which the bundle's own code holds it to; here it cannot get around them. */
function isTarget(signal: Fields): boolean {
  const { weight, quantity, notional, risk, stop } = signal as Partial<TargetSignal>;
  const sizes = [weight, quantity, notional, risk].filter((size) => size !== undefined);
  const stopFits = stop === undefined ? risk === undefined : isAboveZero(stop);
  return (
    hasOnly(signal, ["weight", "quantity", "notional", "risk", "stop"]) &&
    sizes.length === 1 &&
    sizes.every(Number.isFinite) &&
    stopFits
  );
}

function isOrder(signal: Fields): boolean {
  const { side, type, quantity, price } = signal as Partial<OrderSignal>;
  return (
    hasOnly(signal, ["side", "type", "quantity", "price"]) &&
    (side === "buy" || side === "sell") &&
    (type === "market" || type === "limit" || type === "stop") &&
    isAboveZero(quantity) &&
    (type === "market" ? price === undefined : isAboveZero(price))
  );
}

function isCancel(signal: Fields): boolean {
  const { id } = signal as Partial<CancelSignal>;
  return (
    hasOnly(signal, ["id"]) && (id === undefined || (typeof id === "string" && id.length <= ID_LENGTH_MAX))
  );
}

function hasOnly(signal: Fields, names: readonly string[]): boolean {
  return Object.keys(signal).every(
    (name) => name === "kind" || name === "instrument" || names.includes(name),
  );
}

function isAboveZero(value: unknown): boolean {
  return typeof value === "number" && Number.isFinite(value) && value > 0;
}

/** What comes unasked of a model's drift. Errors: `live.strategy-bad-answer`. */
export function driftFrom(value: unknown, inputs: Readonly<Record<string, readonly string[]>>): DriftReport {
  const { model, lines } = record("a measure of drift", value);
  if (typeof model !== "string" || !Object.hasOwn(inputs, model)) return bad("a model's drift", value);
  const names = [...inputs[model]!, "prediction"];
  const found = list(`drift of ${model}`, lines, names.length).map((each, k) => {
    const line = record("a line of drift", each);
    const isGood = line.name === names[k] && DRIFT_FIELDS.every((field) => typeof line[field] === "number");
    return isGood ? (line as unknown as Drift) : bad(`the drift of ${names[k]}`, each);
  });
  return { model, lines: found };
}

const DRIFT_FIELDS = ["rows", "missing", "psi", "ks", "pValue", "mean"] satisfies readonly (keyof Drift)[];

function list(what: string, value: unknown, length: number): readonly unknown[] {
  return Array.isArray(value) && value.length === length ? value : bad(`${what} of ${length}`, value);
}

function record(what: string, value: unknown): Fields {
  const isRecord =
    typeof value === "object" && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
  return isRecord ? (value as Fields) : bad(what, value);
}

/** Of a value that may be as large as an answer. */
const SHOWN = { depth: 2, maxArrayLength: 3, maxStringLength: 100, breakLength: Number.POSITIVE_INFINITY };

function bad(wanted: string, value: unknown): never {
  const text = inspect(value, SHOWN);
  return fail("live.strategy-bad-answer", {
    message: `the strategy process should have answered with ${wanted}, and answered ${text}`,
    fields: { wanted, answered: text },
  });
}
