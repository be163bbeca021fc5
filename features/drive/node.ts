/**
 * A node of a plan at work, bar after bar: reads its slots, writes its slots.
 *
 * What runs it is generated for each definition, for the same reason as the loops over columns.
 */
import { type FeatureDefinition, type FeatureState, seesGaps } from "../define.ts";
import type { Node } from "../plan.ts";
import { generate } from "./generate.ts";

/** All that a step is given, and where its inputs come from. */
interface Work {
  readonly step: FeatureDefinition["step"];
  readonly state: FeatureState;
  readonly params: Node["params"];
  readonly values: Float64Array;
  /** Start of the bar. */
  readonly now: Float64Array;
  readonly reads: Int32Array;
  readonly x: Float64Array;
  readonly out: Float64Array;
  readonly takesAll: boolean;
}

type Make = (work: Work) => () => void;

export class NodeStream {
  readonly id: string;
  readonly state: FeatureState;
  /** Takes the values as they stand, at the time that stands in `now`. */
  readonly run: () => void;

  constructor(
    { definition, params, reads, slot }: Node,
    values: Float64Array,
    now: Float64Array,
    barMs: number,
  ) {
    this.id = definition.id;
    this.state = definition.init(params, barMs);
    this.run = makerOf(definition)({
      step: definition.step,
      state: this.state,
      params,
      values,
      now,
      reads: Int32Array.from(reads),
      x: new Float64Array(reads.length),
      out: values.subarray(slot, slot + definition.outputs.length),
      takesAll: seesGaps(definition.inputs[0]),
    });
  }
}

const makers = new WeakMap<FeatureDefinition, Make>();

function makerOf(definition: FeatureDefinition): Make {
  let make = makers.get(definition);
  if (make === undefined) {
    make = generateMake(definition) ?? plainMake;
    makers.set(definition, make);
  }
  return make;
}

function generateMake({ id, inputs, outputs }: FeatureDefinition): Make | undefined {
  const each = (text: (i: number) => string, join: string) => inputs.map((_, i) => text(i)).join(join);
  const body = `
    const { step, state, params, values, now, reads, x, out, takesAll } = work;
    ${each((i) => `const from${i} = reads[${i}];`, " ")}
    return () => {
      ${each((i) => `const v${i} = values[from${i}]; x[${i}] = v${i};`, " ")}
      ${outputs.map((_, k) => `out[${k}] = NaN;`).join(" ")}
      if (${each((i) => `v${i} - v${i}`, " + ")} === 0 || takesAll) step(state, params, x, out, now[0]);
    };`;
  return generate<Make>(id, ["work"], body);
}

const plainMake: Make = ({ step, state, params, values, now, reads, x, out, takesAll }) => {
  return () => {
    let sum = 0;
    for (let i = 0; i < reads.length; i++) {
      const value = values[reads[i]!]!;
      x[i] = value;
      // 0 for a finite value, NaN for NaN and the infinities.
      sum += value - value;
    }
    out.fill(Number.NaN);
    if (sum === 0 || takesAll) step(state, params, x, out, now[0]!);
  };
};
