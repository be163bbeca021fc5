import type { CheckStep, StartStep, StepProgress } from "../comm/protocol.ts";

export interface Step<Name extends string = string> {
  readonly name: Name;
  readonly title: string;
  readonly says: string;
  readonly state: "waiting" | "running" | "passed" | "refused";
  readonly note: string;
  readonly done?: number;
  readonly total?: number;
  /** How long it took, or how long it took the last time while it waits. */
  readonly ms?: number;
  readonly startedAt?: number;
}

export const CHECKS: readonly (readonly [CheckStep, title: string, says: string])[] = [
  ["saved", "Saved", "the file is what you see"],
  ["run", "Re-run", "a fresh process, top to bottom: hidden state can't go live"],
  ["slice", "Slice", "only what the strategy needs"],
  ["types", "Type check", "strict, on the slice"],
  ["link", "Link", "one script that imports nothing"],
  ["golden", "Golden decisions", "the linked script decides as the notebook did"],
  ["parity", "Model parity", "ONNX against the trained model"],
];

export const STARTS: readonly (readonly [StartStep, title: string, says: string])[] = [
  ["sign", "Sign", "with your key"],
  ["exchange", "Exchange", "where the orders go"],
  ["daemon", "Daemon", "it verifies the bundle before it loads it"],
  ["warm-up", "Warm-up", "the features see enough bars"],
];

/** All steps, waiting. `lastMs`: what each took the last time, if that is known. */
export function waitingSteps<Name extends string>(
  list: readonly (readonly [Name, string, string])[],
  lastMs: Readonly<Record<string, number>> = {},
): Step<Name>[] {
  return list.map(([name, title, says]) => ({
    name,
    title,
    says,
    state: "waiting",
    note: "",
    ...(lastMs[name] === undefined ? {} : { ms: lastMs[name] }),
  }));
}

/** The steps after a progress message; an unknown step changes nothing. */
export function advance<Name extends string>(
  steps: readonly Step<Name>[],
  progress: StepProgress<Name>,
  now: number,
): Step<Name>[] {
  return steps.map((step) => {
    if (step.name !== progress.step) return step;
    const startedAt = step.startedAt ?? now;
    const isOver = progress.state !== "running";
    const { done, total } = progress;
    return {
      name: step.name,
      title: step.title,
      says: step.says,
      state: progress.state,
      note: progress.note ?? step.note,
      startedAt,
      ...(isOver ? { ms: progress.ms ?? now - startedAt } : {}),
      ...(!isOver && done !== undefined && total !== undefined ? { done, total } : {}),
    };
  });
}

export function passed(steps: readonly Step[]): number {
  return steps.filter(({ state }) => state === "passed").length;
}

/** How many began: a notebook without a model has no parity to check. */
export function begun(steps: readonly Step[]): number {
  return steps.filter(({ state }) => state !== "waiting").length;
}

/** Share of the work behind us, from 0 to 1: by last time's durations if all are known, else by steps. */
export function share(steps: readonly Step[], lastMs: Readonly<Record<string, number>>): number {
  const weigh = steps.every(({ name }) => lastMs[name] !== undefined)
    ? ({ name }: Step) => Math.max(lastMs[name]!, 1)
    : () => 1;
  let behind = 0;
  let all = 0;
  for (const step of steps) {
    const weight = weigh(step);
    all += weight;
    if (step.state === "passed") behind += weight;
    else if (step.done !== undefined && step.total) behind += weight * (step.done / step.total);
  }
  return all === 0 ? 0 : Math.min(1, behind / all);
}

/** Durations to remember for the next time, in milliseconds. */
export function durations(steps: readonly Step[]): Record<string, number> {
  return Object.fromEntries(
    steps.flatMap(({ name, state, ms }) => (state === "passed" && ms !== undefined ? [[name, ms]] : [])),
  );
}
