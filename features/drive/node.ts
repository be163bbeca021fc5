/**
 * A node of a plan at work, bar after bar: reads its slots, writes its slots.
 *
 * What runs it is generated for each definition, for the same reason as the loops over columns.
 */
import { type FeatureDefinition, type FeatureState, seesGaps } from "../define.ts";
import type { Node } from "../plan.ts";
import { pinnedNumbers } from "../rolling/pinned.ts";
import { generate, largeFunction } from "./generate.ts";

/** A node's own: all that its step is given, and where its inputs come from. */
export interface Work {
  readonly state: FeatureState;
  readonly params: Node["params"];
  readonly values: Float64Array;
  /** Start of the bar. */
  readonly now: Float64Array;
  readonly reads: Int32Array;
  /** Part of the values, where the node reads slots that stand side by side; else a row of its own. */
  readonly x: Float64Array;
  readonly out: Float64Array;
}

/** Takes the values as they stand, at the time that stands in `now`. */
export type Run = (work: Work) => void;

export class NodeStream {
  readonly id: string;
  readonly work: Work;
  /** One for all nodes of a definition, because V8 calls straight what is always the same function. */
  readonly run: Run;

  constructor(
    { definition, params, reads, slot }: Node,
    values: Float64Array,
    now: Float64Array,
    barMs: number,
    isRead: ReadonlySet<number>,
  ) {
    this.id = definition.id;
    const isView = reads.every((one, i) => one === reads[0]! + i);
    this.work = {
      state: definition.init(
        params,
        barMs,
        definition.outputs.map((_, k) => isRead.has(slot + k)),
      ),
      params,
      values,
      now,
      reads: Int32Array.from(reads),
      x: isView ? values.subarray(reads[0]!, reads[0]! + reads.length) : pinnedNumbers(reads.length),
      out: values.subarray(slot, slot + definition.outputs.length),
    };
    this.run = runOf(definition, isView);
  }

  get state(): FeatureState {
    return this.work.state;
  }
}

const runs = [new WeakMap<FeatureDefinition, Run>(), new WeakMap<FeatureDefinition, Run>()] as const;

function runOf(definition: FeatureDefinition, isView: boolean): Run {
  const made = runs[isView ? 1 : 0];
  let run = made.get(definition);
  if (run === undefined) {
    run = generateRun(definition, isView) ?? plainRun(definition, isView);
    made.set(definition, run);
  }
  return run;
}

function generateRun(definition: FeatureDefinition, isView: boolean): Run | undefined {
  const { id, step } = definition;
  const text = `const { state, params, values, now, reads, x, out } = work; ${runText(definition, isView)}`;
  const body = `const never = false; return ${largeFunction(id, "work", text)};`;
  return generate<(step: FeatureDefinition["step"]) => Run>(id, ["step"], body)?.(step);
}

function runText({ inputs, outputs }: FeatureDefinition, isView: boolean): string {
  const each = (text: (i: number) => string, join: string) => inputs.map((_, i) => text(i)).join(join);
  return `
    ${isView ? "" : each((i) => `x[${i}] = values[reads[${i}]];`, " ")}
    ${outputs.map((_, k) => `out[${k}] = NaN;`).join(" ")}
    ${seesGaps(inputs[0]) ? "" : `if (${each((i) => `x[${i}] - x[${i}]`, " + ")} === 0)`}
      step(state, params, x, out, now[0]);`;
}

function plainRun({ inputs, step }: FeatureDefinition, isView: boolean): Run {
  const takesAll = seesGaps(inputs[0]);
  return ({ state, params, values, now, reads, x, out }) => {
    if (!isView) for (let i = 0; i < reads.length; i++) x[i] = values[reads[i]!]!;
    let sum = 0;
    // 0 for a finite value, NaN for NaN and the infinities.
    for (let i = 0; i < x.length; i++) sum += x[i]! - x[i]!;
    for (let k = 0; k < out.length; k++) out[k] = Number.NaN;
    if (sum === 0 || takesAll) step(state, params, x, out, now[0]!);
  };
}
