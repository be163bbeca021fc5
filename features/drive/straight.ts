/**
 * The ways through a stream of a plain set: a bar goes in, its row comes out. Generated for each plan, so that each call
 * goes straight to its function and each value to its place; where code may not be generated (a bundle's context), loops
 * do the same.
 */
import { BAR_COLUMNS } from "#model";
import { type FeatureDefinition, type FeatureState, seesGaps } from "../define.ts";
import type { Node, Plan } from "../plan.ts";
import { generate, largeFunction } from "./generate.ts";
import type { NodeStream } from "./node.ts";
import type { BarValues } from "./stream.ts";

export interface Straight {
  /** Takes a bar of the set's own clock, runs all nodes in their order and writes the values of the named features. */
  readonly push: (bar: BarValues, out: Float64Array) => void;
  /** Writes those values as they stand. */
  readonly row: (out: Float64Array) => void;
}

type MakeStraight = (values: Float64Array, now: Float64Array, nodes: readonly NodeStream[]) => Straight;

const shared = new WeakMap<Plan, MakeStraight>();

/** For all streams of a plan. */
export function straightOf(plan: Plan): MakeStraight {
  let make = shared.get(plan);
  if (make === undefined) {
    make = generateShared(plan) ?? ((values, now, nodes) => plainStraight(plan, values, now, nodes));
    shared.set(plan, make);
  }
  return make;
}

function generateShared(plan: Plan): MakeStraight | undefined {
  const body = `
    return {
      push(bar, out) {
        ${takeText(plan)}
        ${plan.nodes.map((_, k) => `run${k}(work${k});`).join(" ")}
        ${rowText(plan)}
      },
      row(out) { ${rowText(plan)} },
    };`;
  type Inner = (...args: readonly unknown[]) => Straight;
  const names = plan.nodes.flatMap((_, k) => [`run${k}`, `work${k}`]);
  const inner = generate<Inner>("plan", ["values", "now", ...names], body);
  return inner && ((values, now, all) => inner(values, now, ...all.flatMap(({ run, work }) => [run, work])));
}

function takeText({ clocks }: Plan): string {
  const { slot } = clocks[0]!;
  return `
    const { ${BAR_COLUMNS.join(", ")} } = bar;
    ${BAR_COLUMNS.map((column, k) => `values[${slot + k}] = ${column};`).join(" ")}
    now[0] = bar.time;`;
}

function rowText({ outputs }: Plan): string {
  return outputs.map((slot, k) => `out[${k}] = values[${slot}];`).join(" ");
}

function plainStraight(
  { outputs }: Plan,
  values: Float64Array,
  now: Float64Array,
  nodes: readonly NodeStream[],
): Straight {
  const row = (out: Float64Array) => {
    for (let k = 0; k < outputs.length; k++) out[k] = values[outputs[k]!]!;
  };
  return {
    push(bar, out) {
      values[0] = bar.open;
      values[1] = bar.high;
      values[2] = bar.low;
      values[3] = bar.close;
      values[4] = bar.volume;
      now[0] = bar.time;
      for (let k = 0; k < nodes.length; k++) nodes[k]!.run(nodes[k]!.work);
      row(out);
    },
    row,
  };
}

/**
 * For one stream only: V8 then knows where its numbers lie, and that each of its objects is what it is. Small nodes run in
 * one function, and a bar is looked through once: a node that reads nothing else need not look again.
 */
export function ownStraight(
  plan: Plan,
  values: Float64Array,
  now: Float64Array,
  nodes: readonly NodeStream[],
): Straight {
  const { slot } = plan.clocks[0]!;
  const works = nodes.map(({ work }) => work);
  const groups = groupsOf(works.map(({ state }) => state));
  const isBar = ({ reads }: Node) => reads.every((read) => read >= slot && read < slot + BAR_COLUMNS.length);
  const functions = (name: string, isChecked: boolean) =>
    groups.map((group, g) => {
      const id = group.map((k) => plan.nodes[k]!.definition.id).join(" ");
      const text = group.map((k) => nodeText(plan.nodes[k]!, k, isChecked || !isBar(plan.nodes[k]!)));
      return `const ${name}${g} = ${largeFunction(id, "", text.join(" "))};`;
    });
  const body = `
    const never = false;
    ${works.map((_, k) => `const { state: state${k}, params: params${k}, x: x${k}, out: y${k} } = works[${k}], step${k} = steps[${k}];`).join(" ")}
    ${functions("checked", true).join("\n")}
    ${functions("whole", false).join("\n")}
    return {
      push(bar, out) {
        ${takeText(plan)}
        if (${BAR_COLUMNS.map((column) => `(${column} - ${column})`).join(" + ")} === 0) {
          ${groups.map((_, g) => `whole${g}();`).join(" ")}
        } else {
          ${groups.map((_, g) => `checked${g}();`).join(" ")}
        }
        ${rowText(plan)}
      },
      row(out) { ${rowText(plan)} },
    };`;
  type Inner = (
    values: Float64Array,
    now: Float64Array,
    works: readonly NodeStream["work"][],
    steps: readonly FeatureDefinition["step"][],
  ) => Straight;
  const make = generate<Inner>("own", ["values", "now", "works", "steps"], body);
  const steps = plan.nodes.map(({ definition }) => definition.step);
  return make?.(values, now, works, steps) ?? straightOf(plan)(values, now, nodes);
}

function nodeText({ definition, reads }: Node, k: number, isChecked: boolean): string {
  const { inputs, outputs } = definition;
  const isView = reads.every((one, i) => one === reads[0]! + i);
  const finite = inputs.map((_, i) => `(x${k}[${i}] - x${k}[${i}])`).join(" + ");
  return `
    ${isView ? "" : reads.map((read, i) => `x${k}[${i}] = values[${read}];`).join(" ")}
    ${outputs.map((_, i) => `y${k}[${i}] = NaN;`).join(" ")}
    ${isChecked && !seesGaps(inputs[0]) ? `if (${finite} === 0)` : ""}
      step${k}(state${k}, params${k}, x${k}, y${k}, now[0]);`;
}

/** What V8 takes into one function, in numbers and arrays of state: a fair measure of what a step does. */
const GROUP_SIZE = 16;

/** Neighbours that are small together. */
function groupsOf(states: readonly FeatureState[]): number[][] {
  const groups: number[][] = [];
  let size = 0;
  states.forEach((state, k) => {
    const own = sizeOf(state);
    if (groups.length === 0 || size + own > GROUP_SIZE) {
      groups.push([]);
      size = 0;
    }
    groups.at(-1)!.push(k);
    size += own;
  });
  return groups;
}

function sizeOf(state: FeatureState): number {
  let size = 1;
  for (const value of Object.values(state))
    size += typeof value === "number" || value instanceof Float64Array ? 1 : sizeOf(value);
  return size;
}
