import { checkNames, fail } from "#core";

/** What becomes of a decision in live trading when a model does not predict. A backtest never fails so. */
export interface InferencePolicy {
  /**
   * `halt`: as for any failure of the strategy, it is stopped and its protective stops stay. `missing`: the prediction
   * is NaN for that bar, the handler sees it, and `tickbook live status` counts it. Default halt.
   */
  readonly onFailure: "halt" | "missing";
  /**
   * Milliseconds for one prediction, 1 to 60,000. Default 1000. All models together never get more than half of the
   * time for a decision.
   */
  readonly timeoutMs: number;
}

const TIMEOUT_MS = 1000;
const TIMEOUT_MS_MAX = 60_000;

/** @param where "strategy x". @returns undefined where nothing was asked for. Errors: `strategy.bad-spec`. */
export function checkInference(
  where: string,
  given: Partial<InferencePolicy> | undefined,
): InferencePolicy | undefined {
  if (given === undefined) return undefined;
  if (typeof given !== "object" || given === null)
    fail("strategy.bad-spec", {
      message: `${where}: inference is ${String(given)}`,
      hint: 'Give an object: inference: { onFailure: "missing", timeoutMs: 500 }.',
    });
  checkNames("strategy.bad-spec", `${where}: inference`, given, ["onFailure", "timeoutMs"]);
  const { onFailure = "halt", timeoutMs = TIMEOUT_MS } = given;
  if (onFailure !== "halt" && onFailure !== "missing")
    bad(where, "onFailure", onFailure, '"halt" or "missing"');
  if (!(Number.isFinite(timeoutMs) && timeoutMs >= 1 && timeoutMs <= TIMEOUT_MS_MAX))
    bad(where, "timeoutMs", timeoutMs, `1 to ${TIMEOUT_MS_MAX} milliseconds`);
  return Object.freeze({ onFailure, timeoutMs });
}

function bad(where: string, name: string, value: unknown, wanted: string): never {
  fail("strategy.bad-spec", {
    message: `${where}: inference.${name} is ${String(value)}`,
    hint: `It is ${wanted}.`,
    fields: { name, value },
  });
}
