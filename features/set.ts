import { fail, suggest } from "#core";
import { BAR_COLUMNS, type BarColumn, type BarColumns } from "#model";
import type { Feature, FeatureDefinition, ParamValues } from "./define.ts";
import { batchDefinition } from "./drive/batch.ts";
import type { StateSnapshot } from "./drive/snapshot.ts";
import { streamDefinition } from "./drive/stream.ts";

/** Named features, computed together. The same set serves research, backtest and live. */
export interface FeatureSet<Name extends string = string> {
  readonly names: readonly Name[];
  /** Definitions with parameters and versions, in the order of the names. */
  readonly ids: readonly string[];
  /** Bars before the first row in which every feature has a value. */
  readonly warmup: number;
  /**
   * One row a bar; NaN while a feature warms up.
   * @param out columns to write into, one a name and as long as the bars; new ones without it.
   * Errors: `features.ragged-bars`.
   */
  compute(bars: BarColumns, out?: readonly Float64Array[]): FeatureTable<Name>;
  stream(): FeatureStream;
}

export interface FeatureTable<Name extends string = string> {
  readonly names: readonly Name[];
  /** The features' ids, in the order of the names. */
  readonly ids: readonly string[];
  readonly length: number;
  /** Start of each bar: the bars' own column. */
  readonly time: Float64Array;
  /** One column a name. */
  readonly columns: readonly Float64Array[];
  /** Errors: `features.unknown-name`. */
  column(name: Name): Float64Array;
  /** The values of bar i by name. Errors: `features.no-row`. */
  row(i: number): Record<Name, number>;
}

/** What a stream needs of a bar. */
export type BarValues = Readonly<Record<BarColumn, number>>;

/** A set at work on live bars. */
export interface FeatureStream {
  /**
   * Takes the next bar; the row that `compute` would give for it, bit for bit.
   * @param out where the row goes, one value a name; a new array without it.
   */
  push(bar: BarValues, out?: Float64Array): Float64Array;
  /** Plain JSON. */
  snapshot(): FeatureSnapshot;
  /** Goes on from a snapshot of the same set. Errors: `features.bad-snapshot`. */
  restore(snapshot: FeatureSnapshot): void;
}

export interface FeatureSnapshot {
  readonly ids: readonly string[];
  readonly states: readonly StateSnapshot[];
}

/** One definition with parameters, computed once however many names want it. */
interface Node {
  readonly definition: FeatureDefinition;
  readonly params: ParamValues;
  /** Which output goes to which column. */
  readonly wires: { readonly output: number; readonly column: number }[];
}

/** Puts features together under names. Errors: `features.empty-set`, `features.bad-feature`. */
export function features<Name extends string>(spec: Readonly<Record<Name, Feature>>): FeatureSet<Name> {
  const names = Object.keys(spec) as Name[];
  if (names.length === 0) {
    fail("features.empty-set", {
      message: "a feature set needs at least one feature",
      hint: "Name them: features({ rsi: rsi(14) }).",
    });
  }
  for (const name of names) assertFeature(name, spec[name]);
  const nodes = nodesOf(names.map((name) => spec[name]));
  const ids = names.map((name) => spec[name].id);
  return Object.freeze({
    names,
    ids,
    warmup: Math.max(...nodes.map((node) => node.definition.warmup(node.params))),
    compute: (bars: BarColumns, out?: readonly Float64Array[]) => computeTable(names, ids, nodes, bars, out),
    stream: () => createStream(ids, nodes),
  });
}

function assertFeature(name: string, value: unknown): void {
  const candidate = value as Partial<Feature> | null;
  if (typeof candidate === "object" && typeof candidate?.definition?.step === "function") return;
  fail("features.bad-feature", {
    message: `"${name}" is ${typeof value === "function" ? "a function" : String(value)}, not a feature`,
    hint: "Call the factory: rsi(14), not rsi.",
    fields: { name },
  });
}

function nodesOf(list: readonly Feature[]): Node[] {
  const nodes: Node[] = [];
  list.forEach(({ definition, params, output }, column) => {
    let node = nodes.find((other) => other.definition === definition && sameParams(other.params, params));
    if (node === undefined) {
      node = { definition, params, wires: [] };
      nodes.push(node);
    }
    node.wires.push({ output, column });
  });
  return nodes;
}

function sameParams(a: ParamValues, b: ParamValues): boolean {
  return Object.keys(a).every((name) => a[name] === b[name]);
}

function computeTable<Name extends string>(
  names: readonly Name[],
  ids: readonly string[],
  nodes: readonly Node[],
  bars: BarColumns,
  out: readonly Float64Array[] | undefined,
): FeatureTable<Name> {
  const { time } = bars;
  assertEqualLengths(bars);
  const columns = out ?? names.map(() => new Float64Array(time.length));
  if (columns.length !== names.length || columns.some((column) => column.length !== time.length)) {
    fail("features.ragged-bars", {
      message: `the output columns are not ${names.length} of length ${time.length}`,
      fields: { columns: columns.map((column) => column.length), bars: time.length },
    });
  }
  for (const { definition, params, wires } of nodes) {
    const firstOf = (output: number) => wires.find((wire) => wire.output === output)?.column ?? -1;
    batchDefinition(
      definition,
      params,
      definition.inputs.map((input) => bars[input]),
      definition.outputs.map((_, output) => columns[firstOf(output)]),
    );
    for (const { output, column } of wires) {
      if (column !== firstOf(output)) columns[column]!.set(columns[firstOf(output)]!);
    }
  }
  return createTable(names, ids, time, columns);
}

function assertEqualLengths(bars: BarColumns): void {
  for (const input of BAR_COLUMNS) {
    if (bars[input].length === bars.time.length) continue;
    fail("features.ragged-bars", {
      message: `the bars' columns differ in length: time has ${bars.time.length}, ${input} has ${bars[input].length}`,
      fields: { column: input, length: bars[input].length, expected: bars.time.length },
    });
  }
}

function createTable<Name extends string>(
  names: readonly Name[],
  ids: readonly string[],
  time: Float64Array,
  columns: readonly Float64Array[],
): FeatureTable<Name> {
  return {
    names,
    ids,
    length: time.length,
    time,
    columns,
    column(name) {
      const column = columns[names.indexOf(name)];
      if (column !== undefined) return column;
      const close = suggest(name, names);
      return fail("features.unknown-name", {
        message: `the table has no feature "${name}"; it has ${names.join(", ")}`,
        ...(close === undefined ? {} : { hint: `Did you mean "${close}"?` }),
        fields: { name },
      });
    },
    row(i) {
      if (time[i] === undefined) {
        fail("features.no-row", {
          message: `the table has no row ${i}; it has ${time.length}`,
          fields: { row: i, rows: time.length },
        });
      }
      return Object.fromEntries(names.map((name, k) => [name, columns[k]![i]!])) as Record<Name, number>;
    },
  };
}

function createStream(ids: readonly string[], nodes: readonly Node[]): FeatureStream {
  const parts = nodes.map(({ definition, params, wires }) => ({
    inputs: definition.inputs,
    x: new Float64Array(definition.inputs.length),
    y: new Float64Array(definition.outputs.length),
    wires,
    stream: streamDefinition(definition, params),
  }));
  return {
    push(bar, out = new Float64Array(ids.length)) {
      for (const { inputs, x, y, wires, stream } of parts) {
        for (let j = 0; j < x.length; j++) x[j] = bar[inputs[j]!];
        stream.push(x, y);
        for (const { output, column } of wires) out[column] = y[output]!;
      }
      return out;
    },
    snapshot: () => ({ ids, states: parts.map((part) => part.stream.snapshot()) }),
    restore(snapshot) {
      if (snapshot.ids.join() !== ids.join() || snapshot.states.length !== parts.length) {
        fail("features.bad-snapshot", {
          message: `the snapshot is of other features: ${snapshot.ids.join(", ")}; this set has ${ids.join(", ")}`,
          hint: "Warm up again from bars.",
          fields: { found: snapshot.ids, expected: ids },
        });
      }
      parts.forEach((part, i) => {
        part.stream.restore(snapshot.states[i]!);
      });
    },
  };
}
