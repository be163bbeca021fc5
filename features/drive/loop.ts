/**
 * A definition over whole columns by its `step`.
 *
 * The loop is generated for each definition, so that V8 compiles it with that definition's `step` inside; one loop for
 * all calls through a table and takes about twice as long. Where code may not be generated (a bundle's context), the
 * loop for all does the same.
 */
import type { FeatureDefinition, FeatureState, ParamValues } from "../define.ts";
import { generate } from "./generate.ts";

type Loop = (
  step: FeatureDefinition["step"],
  state: FeatureState,
  params: ParamValues,
  x: readonly Float64Array[],
  out: readonly Float64Array[],
  time: Float64Array,
) => void;

const loops = new WeakMap<FeatureDefinition, Loop>();

/** Parameters as {@link FeatureDefinition.batch}; the columns in `x` hold finite values only. */
export function runLoop(
  definition: FeatureDefinition,
  params: ParamValues,
  x: readonly Float64Array[],
  out: readonly Float64Array[],
  time: Float64Array,
  barMs: number,
): void {
  let loop = loops.get(definition);
  if (loop === undefined) {
    loop = generateLoop(definition.id, x.length, out.length) ?? plainLoop;
    loops.set(definition, loop);
  }
  loop(definition.step, definition.init(params, barMs), params, x, out, time);
}

function generateLoop(id: string, inputs: number, outputs: number): Loop | undefined {
  const each = (count: number, text: (i: number) => string) =>
    Array.from({ length: count }, (_, i) => text(i)).join(" ");
  const body = `
    ${each(inputs, (i) => `const x${i} = x[${i}];`)}
    ${each(outputs, (i) => `const y${i} = out[${i}];`)}
    const row = new Float64Array(${inputs}), value = new Float64Array(${outputs}), n = time.length;
    for (let i = 0; i < n; i++) {
      ${each(inputs, (i) => `row[${i}] = x${i}[i];`)}
      ${each(outputs, (i) => `value[${i}] = NaN;`)}
      step(state, params, row, value, time[i]);
      ${each(outputs, (i) => `y${i}[i] = value[${i}];`)}
    }`;
  return generate<Loop>(id, ["step", "state", "params", "x", "out", "time"], body);
}

const plainLoop: Loop = (step, state, params, x, out, time) => {
  const row = new Float64Array(x.length);
  const value = new Float64Array(out.length);
  for (let i = 0; i < time.length; i++) {
    for (let j = 0; j < row.length; j++) row[j] = x[j]![i]!;
    value.fill(Number.NaN);
    step(state, params, row, value, time[i]!);
    for (let k = 0; k < value.length; k++) out[k]![i] = value[k]!;
  }
};
