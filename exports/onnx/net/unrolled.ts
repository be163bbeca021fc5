/**
 * A recurrent cell written step by step. All steps' products with the input are one product before.
 *
 *   SimpleRNN  h = f(x W + h R + b)
 *   GRU        z, r = g(x W + h R + b);  h~ = f(x W + (r h) R + b), or f(x W + r (h R + b') + b) with resetAfter
 *              h = z h + (1 - z) h~
 *   LSTM       i, f, o = g(x W + h R + b);  c = f c + i a(x W + h R + b);  h = o a(c)
 *
 * In the first step h and c are 0 unless they are given; their terms are left out.
 */
import { writerOf } from "./activations.ts";
import { columns, range } from "./arrays.ts";
import { affine } from "./dense.ts";
import type { LayerCall, Operand } from "./layer-call.ts";

export type CellKind = "SimpleRNN" | "GRU" | "LSTM";

export interface Cell {
  readonly kind: CellKind;
  /** Before the names of its tensors: "cell0". */
  readonly hint: string;
  readonly units: number;
  readonly inputs: number;
  /** [inputs, gates * units] */
  readonly kernel: Float32Array;
  /** [units, gates * units] */
  readonly recurrent: Float32Array;
  /** [gates * units]; with resetAfter [2, gates * units]: of the input, then of the state. */
  readonly bias: Float32Array | undefined;
  readonly activation: string;
  /** The activation of the gates. */
  readonly gate: string;
  readonly isResetAfter: boolean;
}

interface Run {
  /** h, or h and c, [N, units]; empty for zeros. */
  readonly states: readonly string[];
  readonly isSequence: boolean;
}

interface State {
  readonly h: string | undefined;
  readonly c: string | undefined;
}

const GATES: Readonly<Record<CellKind, number>> = { SimpleRNN: 1, GRU: 3, LSTM: 4 };

export function unrolled(call: LayerCall, cell: Cell, x: Operand, { states, isSequence }: Run): string {
  const { kind, hint, units } = cell;
  const steps = x.shape[0]!;
  const width = GATES[kind] * units;
  const sums = affine(call, x.tensor, {
    hint: `${hint}/input`,
    kernel: { shape: [cell.inputs, width], values: cell.kernel },
    bias: cell.bias && { values: cell.bias.subarray(0, width) },
    rank: 3,
  });
  const step = { SimpleRNN: simpleStep, GRU: gruStep, LSTM: lstmStep }[kind];
  const times = productsOf(call, cell);
  let state: State = { h: states[0], c: states[1] };
  const all: string[] = [];
  for (const t of range(0, steps)) {
    const row = call.node("Gather", [sums, call.index(t)], `${hint}/step`, { axis: { i: 1 } });
    state = step(call, cell, times, row, state);
    if (isSequence) all.push(call.node("Unsqueeze", [state.h!, call.ints([1])], `${hint}/out`));
  }
  if (!isSequence) return state.h!;
  return all.length === 1 ? all[0]! : call.node("Concat", all, `${hint}/steps`, { axis: { i: 1 } });
}

function simpleStep(call: LayerCall, cell: Cell, times: Products, row: string, { h }: State): State {
  const sum = plus(call, row, h && times.all(h));
  return { h: writerOf(call, cell.activation)(call, sum), c: undefined };
}

function lstmStep(call: LayerCall, cell: Cell, times: Products, row: string, { h, c }: State): State {
  const sum = plus(call, row, h && times.all(h));
  const [i, f, a, o] = split(call, cell, sum, 4) as [string, string, string, string];
  const gate = writerOf(call, cell.gate);
  const activation = writerOf(call, cell.activation);
  const fresh = call.node("Mul", [gate(call, i), activation(call, a)], "fresh");
  const carry =
    c === undefined ? fresh : call.node("Add", [call.node("Mul", [gate(call, f), c], "kept"), fresh], "c");
  return { h: call.node("Mul", [gate(call, o), activation(call, carry)], "h"), c: carry };
}

function gruStep(call: LayerCall, cell: Cell, times: Products, row: string, { h }: State): State {
  const [xz, xr, xh] = split(call, cell, row, 3) as [string, string, string];
  const gate = writerOf(call, cell.gate);
  const activation = writerOf(call, cell.activation);
  // resetAfter has a bias of the state, which counts where the state is 0 too.
  const isAfter = cell.isResetAfter;
  const start = h ?? (isAfter ? call.node("Mul", [xz, call.scalar(0)], "zero") : undefined);
  const inner = start && split(call, cell, times.gates(start), 2);
  const z = gate(call, plus(call, xz, inner?.[0]));
  const open = call.node("Sub", [call.scalar(1), z], "open");
  if (start === undefined) return { h: call.node("Mul", [open, activation(call, xh)], "h"), c: undefined };
  const r = gate(call, plus(call, xr, inner?.[1]));
  const past = isAfter
    ? call.node("Mul", [r, times.candidate(start)], "reset")
    : times.candidate(call.node("Mul", [r, start], "reset"));
  const fresh = call.node("Mul", [open, activation(call, plus(call, xh, past))], "fresh");
  return { h: call.node("Add", [call.node("Mul", [z, start], "kept"), fresh], "h"), c: undefined };
}

/** Products of a state with parts of R, and with resetAfter the bias of the state. */
interface Products {
  readonly all: (h: string) => string;
  /** Of z and r. */
  readonly gates: (h: string) => string;
  readonly candidate: (h: string) => string;
}

function productsOf(call: LayerCall, cell: Cell): Products {
  const { hint, units, kind, recurrent, bias, isResetAfter } = cell;
  const width = GATES[kind] * units;
  const part = (name: string, from: number, to: number) => {
    const kernel = {
      shape: [units, (to - from) * units],
      values: columns(recurrent, width, from * units, to * units),
    };
    const own =
      isResetAfter && bias ? { values: bias.subarray(width + from * units, width + to * units) } : undefined;
    return (h: string) => affine(call, h, { hint: `${hint}/${name}`, kernel, bias: own, rank: 2 });
  };
  const all = part("all", 0, GATES[kind]);
  if (kind !== "GRU") return { all, gates: all, candidate: all };
  return { all, gates: part("gates", 0, 2), candidate: part("candidate", 2, 3) };
}

function plus(call: LayerCall, a: string, b: string | undefined): string {
  return b === undefined ? a : call.node("Add", [a, b], "sum");
}

function split(call: LayerCall, { units }: Cell, x: string, count: number): string[] {
  const sizes = call.ints(Array<number>(count).fill(units));
  return call.nodes("Split", [x, sizes], Array<string>(count).fill("gate"), { axis: { i: 1 } });
}
