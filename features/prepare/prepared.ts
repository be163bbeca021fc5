import { fail, suggest } from "#core";
import { defineFeature, type FeatureDefinition } from "../define.ts";
import { createFeature, type Feature } from "../feature.ts";
import { type FeatureSet, features as setOf } from "../set.ts";
import { createTable, type FeatureTable } from "../table.ts";
import { checkFitted, type Fitted, type FittedColumn, outputNames } from "./fitted.ts";
import { createOpState, type Op, oneHotValues, runOps } from "./steps.ts";

/**
 * A set with pre-processing as its last part: computed, streamed and stored like any other. Its ids name the fitted
 * numbers by their hash. Missing values reach the steps, so a fill also gives values to bars in the warm-up; `warmup`
 * still counts them.
 * Errors: `features.bad-prepare` where it was fitted on other features, or was changed.
 */
export function features(set: FeatureSet, fitted: Fitted): FeatureSet {
  checkFitted(fitted);
  assertFits(set.names, set.ids, fitted);
  const spec = set.names.flatMap((name, k): [string, Feature][] => {
    const column = fitted.columns.find((one) => one.name === name);
    const feature = set.list[k]!;
    if (column === undefined || column.ops.length === 0) return [[name, feature]];
    const whole = createFeature(definitionOf(column.ops, column.hash)).of(feature);
    const outputs = whole.definition.outputs.map((output) => whole[output]!);
    return outputNames(column).map((title, i) => [title, outputs[i]!]);
  });
  assertDistinct(spec.map(([name]) => name));
  return setOf(Object.fromEntries(spec));
}

/** The same over a table that is computed already: equal to what the set of {@link features} computes, bit for bit. */
export function apply(fitted: Fitted, table: FeatureTable): FeatureTable {
  checkFitted(fitted);
  assertFits(table.names, table.ids, fitted);
  const parts = table.names.flatMap((name, k) => {
    const column = fitted.columns.find((one) => one.name === name);
    const [id, values] = [table.ids[k]!, table.columns[k]!];
    return column === undefined || column.ops.length === 0
      ? [{ name: name as string, id, values }]
      : applyColumn(column, id, values);
  });
  const names = parts.map(({ name }) => name);
  assertDistinct(names);
  return createTable(
    names,
    parts.map(({ id }) => id),
    table.time,
    parts.map(({ values }) => values),
    table.symbol,
  );
}

function applyColumn(column: FittedColumn, id: string, values: Float64Array) {
  const { ops, hash } = column;
  const definition = definitionOf(ops, hash);
  const whole = createFeature(definition);
  const state = definition.init({}, 0);
  const [x, out] = [new Float64Array(1), new Float64Array(definition.outputs.length)];
  const results = definition.outputs.map(() => new Float64Array(values.length));
  for (let i = 0; i < values.length; i++) {
    x[0] = values[i]!;
    definition.step(state, {}, x, out, 0);
    for (let k = 0; k < out.length; k++) results[k]![i] = out[k]!;
  }
  const titles = outputNames(column);
  return definition.outputs.map((output, k) => ({
    name: titles[k]!,
    id: `${whole[output]!.id} of (${id})`,
    values: results[k]!,
  }));
}

/** The fitted ops as a definition of its own. */
function definitionOf(ops: readonly Op[], hash: string): FeatureDefinition {
  const values = oneHotValues(ops);
  const outputs = values?.map((value) => `is ${value}`) ?? ["value"];
  return defineFeature({
    id: `prepare.fitted-${hash}`,
    version: 1,
    group: "math",
    summary: `Pre-processing: ${ops.map(({ op }) => op).join(", ")}.`,
    source: "Fitted on a train range.",
    inputs: [{ name: "value", from: "close", gaps: true }],
    params: {},
    outputs: outputs as [string, ...string[]],
    unit: "score",
    sparse: true,
    warmup: () => 0,
    init: () => ({ memory: createOpState(ops) }),
    step(state, _p, x, out) {
      const value = runOps(ops, state.memory as Float64Array, x[0]!);
      if (values === undefined) out[0] = value;
      else for (let k = 0; k < values.length; k++) out[k] = flagOf(value, values[k]!);
    },
  }) as unknown as FeatureDefinition;
}

function flagOf(value: number, wanted: number): number {
  if (Number.isNaN(value)) return Number.NaN;
  return value === wanted ? 1 : 0;
}

function assertFits(names: readonly string[], ids: readonly string[], { columns }: Fitted): void {
  for (const { name, id } of columns) {
    const found = ids[names.indexOf(name)];
    if (found === id) continue;
    const close = found === undefined ? suggest(name, names) : undefined;
    fail("features.bad-prepare", {
      message:
        found === undefined
          ? `it was fitted on "${name}", and here are ${names.join(", ")}`
          : `"${name}" was fitted on ${id}, and is ${found} here`,
      hint: close === undefined ? "Fit it again on these features." : `Did you mean "${close}"?`,
      fields: { name, fitted: id, found },
    });
  }
}

function assertDistinct(names: readonly string[]): void {
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice === undefined) return;
  fail("features.bad-prepare", {
    message: `two columns would have the name "${twice}"`,
    hint: "Rename the feature: one-hot encoding makes the names name=value.",
    fields: { name: twice },
  });
}
