/**
 * Recurrent layers.
 *
 * Gates in tfjs: GRU z r h, LSTM i f c o, side by side: kernel [in, gates * units], recurrent [units, gates * units].
 * Gates in ONNX: GRU z r h, LSTM i o f c, one below the other: [1, gates * units, in].
 * SimpleRNN, and activations that ONNX's operators don't have, are written step by step (unrolled.ts): the operator RNN
 * rounds a row by its place in the batch.
 */
import type { NetWeights } from "#ml";
import { reorderBlocks, transposed } from "./arrays.ts";
import type { LayerCall, LayerSupport, Operand } from "./layer-call.ts";
import { type Cell, type CellKind, unrolled } from "./unrolled.ts";

const CELLS: Readonly<Record<string, CellKind>> = {
  SimpleRNN: "SimpleRNN",
  SimpleRNNCell: "SimpleRNN",
  GRU: "GRU",
  GRUCell: "GRU",
  LSTM: "LSTM",
  LSTMCell: "LSTM",
};

/** Activations of ONNX's own recurrent operators. */
const OPERATORS: Readonly<Record<string, { name: string; alpha?: number; beta?: number }>> = {
  tanh: { name: "Tanh" },
  sigmoid: { name: "Sigmoid" },
  relu: { name: "Relu" },
  hardSigmoid: { name: "HardSigmoid", alpha: 0.2, beta: 0.5 },
};

const LIMITS = "no returnState, no stateful, no mask";

export const RECURRENT_LAYERS: Readonly<Record<string, LayerSupport>> = {
  LSTM: {
    becomes: "LSTM; step by step with activations other than tanh, sigmoid, hardSigmoid, relu",
    limits: LIMITS,
    write: recurrent,
  },
  GRU: {
    becomes: "GRU; step by step as LSTM",
    limits: `both forms of resetAfter (tfjs has only false); ${LIMITS}`,
    write: recurrent,
  },
  SimpleRNN: { becomes: "MatMul, Add and activation, step by step", limits: LIMITS, write: recurrent },
  RNN: { becomes: "its cells, StackedRNNCells too, one after the other", limits: LIMITS, write: recurrent },
};

/** A layer or cell as a wrapper's config tells it. */
export interface Wrapped {
  readonly className: string;
  readonly config: Readonly<Record<string, unknown>>;
}

function recurrent(call: LayerCall): string {
  for (const key of ["returnState", "stateful"])
    if (call.setting(key, false))
      return call.refuse(`has ${key}`, `Leave ${key} out: a row's prediction follows from its window alone.`);
  const cells = cellsOf(call);
  const [, ...states] = call.parts.inputs.map(({ tensor }) => tensor);
  if (states.length > 0 && cells.length > 1)
    return call.refuse("has stacked cells and a given state", "Use one layer a cell.");
  const isSequence = call.setting("returnSequences", false);
  let x = call.input;
  if (call.setting("goBackwards", false)) x = { ...x, tensor: reversed(call, x.tensor, "backwards") };
  cells.forEach((cell, at) => {
    const isLast = at === cells.length - 1;
    const tensor = writeCell(call, cell, x, states, isSequence || !isLast);
    x = { tensor, shape: [x.shape[0]!, cell.units] };
  });
  return x.tensor;
}

/** The cells from the first to the last, each with its weights. */
function cellsOf(call: LayerCall): Cell[] {
  const { type, config } = call.parts;
  const own = (type === "RNN" ? config.cell : { className: type, config }) as Partial<Wrapped> | undefined;
  const stack = own?.className === "StackedRNNCells" ? own.config?.cells : [own];
  let from = 0;
  return [stack].flat().map((cell, at) => {
    const { className = "", config: settings = {} } = (cell ?? {}) as Partial<Wrapped>;
    const kind = Object.hasOwn(CELLS, className) ? CELLS[className]! : undefined;
    if (kind === undefined)
      return call.refuse(`has a cell of the class "${className}"`, "Use LSTMCell, GRUCell or SimpleRNNCell.");
    const hasBias = (settings.useBias ?? true) === true;
    const count = hasBias ? 3 : 2;
    const matrices = Array.from({ length: count }, (_, i) => call.values(from + i));
    from += count;
    return cellOf(kind, `cell${at}`, settings, matrices);
  });
}

function cellOf(
  kind: CellKind,
  hint: string,
  config: Readonly<Record<string, unknown>>,
  [kernel, recurrentKernel, bias]: readonly NetWeights[],
): Cell {
  return {
    kind,
    hint,
    units: recurrentKernel!.shape[0]!,
    inputs: kernel!.shape[0]!,
    kernel: kernel!.values,
    recurrent: recurrentKernel!.values,
    bias: bias?.values,
    activation: String(config.activation ?? "tanh"),
    gate: String(config.recurrentActivation ?? "hardSigmoid"),
    isResetAfter: config.resetAfter === true,
  };
}

/** [N, T, in] to [N, T, units], or to the last step's [N, units]. */
function writeCell(
  call: LayerCall,
  cell: Cell,
  x: Operand,
  states: readonly string[],
  isSequence: boolean,
): string {
  const { kind, hint, units, activation, gate } = cell;
  const names = kind === "LSTM" ? [gate, activation, activation] : [gate, activation];
  const known = names.map((name) => (Object.hasOwn(OPERATORS, name) ? OPERATORS[name]! : undefined));
  if (kind === "SimpleRNN" || known.includes(undefined))
    return unrolled(call, cell, x, { states, isSequence });
  const time = call.transpose(x.tensor, [1, 0, 2], `${hint}/time`);
  const first = states.map((state) => call.node("Unsqueeze", [state, call.ints([0])], `${hint}/state`));
  const outputs = call.nodes(
    kind,
    [time, ...operatorWeights(call, cell), ...(first.length > 0 ? ["", ...first] : [])],
    isSequence ? [`${hint}/steps`] : ["", `${hint}/last`],
    {
      hidden_size: { i: units },
      activations: { strings: known.map((each) => each!.name) },
      // One for each function that has them, in order.
      ...parameters(
        "activation_alpha",
        known.map((each) => each!.alpha),
      ),
      ...parameters(
        "activation_beta",
        known.map((each) => each!.beta),
      ),
      ...(kind === "GRU" ? { linear_before_reset: { i: cell.isResetAfter ? 1 : 0 } } : {}),
    },
  );
  if (!isSequence) return call.node("Squeeze", [outputs[1]!, call.ints([0])], `${hint}/out`);
  const flat = call.node("Squeeze", [outputs[0]!, call.ints([1])], `${hint}/flat`);
  return call.transpose(flat, [1, 0, 2], `${hint}/out`);
}

function parameters(name: string, values: readonly (number | undefined)[]) {
  const given = values.filter((value) => value !== undefined);
  return given.length > 0 ? { [name]: { floats: given } } : {};
}

/** W, R and B of ONNX. B is the bias of the input, then that of the state. */
function operatorWeights(call: LayerCall, cell: Cell): string[] {
  const { kind, hint, units, inputs } = cell;
  const order = kind === "LSTM" ? [0, 3, 1, 2] : [0, 1, 2];
  const width = order.length * units;
  const matrix = (name: string, values: Float32Array, rows: number) =>
    call.weight(`${hint}/${name}`, [1, width, rows], () =>
      transposed(reorderBlocks(values, rows, order), [rows, width], [1, 0]),
    );
  const bias = call.weight(`${hint}/bias`, [1, 2 * width], () => {
    const out = new Float32Array(2 * width);
    const rows = (cell.bias?.length ?? 0) / width;
    for (let row = 0; row < rows; row++)
      out.set(reorderBlocks(cell.bias!.subarray(row * width, (row + 1) * width), 1, order), row * width);
    return out;
  });
  return [matrix("kernel", cell.kernel, inputs), matrix("recurrent", cell.recurrent, units), bias];
}

/** The steps of [N, T, ...] from the last to the first. */
export function reversed(call: LayerCall, x: string, hint: string): string {
  // The end lies before the first step.
  const [start, end, axis, step] = [[-1], [-(2 ** 31)], [1], [-1]].map((each) => call.ints(each));
  return call.node("Slice", [x, start!, end!, axis!, step!], hint);
}
