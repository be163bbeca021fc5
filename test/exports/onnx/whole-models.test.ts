/** Trained models as exportOnnx writes them, preprocessing included, under ONNX's own checks and onnxruntime of Python. */
import { describe, expect, test } from "vitest";
import { exportOnnx } from "#exports";
import {
  autoencoder,
  completeRows,
  type Dataset,
  direction,
  forwardReturn,
  gatherWindows,
  gru,
  lstm,
  makeDataset,
  mlp,
  type TrainedModel,
  type TrainOptions,
  type TreeOptions,
  tcn,
  transformer,
} from "#ml";
import { temporaryFolder } from "../../temporary-folder.ts";
import { checkFolder, hasChecker, requireChecker, storeChecked } from "./checker.ts";
import { bars, set, smallNet, smallTrees, table, windowed } from "./nets.ts";

requireChecker();

const returns = makeDataset({ table, labels: forwardReturn(bars, { horizon: 3 }) });
const threeClasses: Dataset = {
  ...makeDataset({ table, labels: direction(bars, { horizon: 3 }) }),
  classes: 3,
};
/** Labels of three classes, and kinds in place of a feature, of which some values are missing. */
const mixed: Dataset = {
  ...threeClasses,
  target: threeClasses.target.map((y, i) => (i % 7 === 0 ? 2 : y)),
  columns: threeClasses.columns.map((column, f) =>
    column.map((x, i) => (f === 3 ? i % 11 : f === 0 && i % 5 === 0 ? Number.NaN : x)),
  ),
};
/** Two instruments, so that there is something to rank. */
const two = makeDataset({
  table: [table, table],
  labels: [0, 1].map(() => forwardReturn(bars, { horizon: 3 })),
});
two.target.forEach((y, i) => {
  two.target[i] = i % 2 ? y : -y;
});

const NETS: Readonly<Record<string, Partial<TrainOptions>>> = {
  mlp: { model: mlp({ hidden: [7, 5], activation: "gelu", batchNorm: true, dropout: 0.1 }) },
  filled: { model: mlp(), dataset: { ...mixed, columns: mixed.columns }, fill: "median", objective: "multiclass" },
  regression: { dataset: returns, model: mlp({ activation: "selu" }) },
  quantiles: { dataset: returns, quantiles: [0.1, 0.5, 0.9] },
  autoencoder: { model: autoencoder({ hidden: [6], code: 2 }) },
  lstm: { dataset: windowed, model: lstm({ units: [5, 4] }) },
  gru: { dataset: windowed, model: gru({ units: 5 }) },
  tcn: { dataset: windowed, model: tcn({ filters: 4, dilations: [1, 2] }) },
  transformer: { dataset: windowed, model: transformer({ layers: 1, feedForward: 8 }) },
}; // biome-ignore format: a table

const TREES: Readonly<Record<string, Partial<TreeOptions>>> = {
  binary: {},
  multiclass: { dataset: mixed, categorical: [table.names[3]!] },
  regression: { dataset: returns, growth: "leaf", maxDepth: 0, maxLeaves: 9, monotone: { [table.names[0]!]: 1 } },
  quantile: { dataset: returns, objective: "quantile", quantile: 0.1 },
  ranking: { dataset: two, objective: "ranking" },
}; // biome-ignore format: a table

async function store(folder: string, name: string, model: TrainedModel, columns: Dataset["columns"], tolerance: number) {
  const { names, window, required, outputs } = model;
  const rows = completeRows(columns, required, window);
  expect(rows.length).toBeGreaterThan(100);
  const predictions = await model.predict(columns);
  const chosen = outputs.at(-1)!;
  const { bytes } = await exportOnnx(model, { features: set, output: chosen });
  const flat = Float64Array.from({ length: rows.length * outputs.length }, (_, i) =>
    predictions[i % outputs.length]![rows[Math.floor(i / outputs.length)]!]!,
  );
  const shape = window === 1 ? [names.length] : [window, names.length];
  storeChecked(folder, name, {
    bytes,
    inputs: {
      features: {
        type: "float64",
        dims: [rows.length, ...shape],
        data: gatherWindows(columns, rows, window),
      },
    },
    outputs: {
      ...(outputs.length > 1 && {
        outputs: { type: "float32", dims: [rows.length, outputs.length], data: flat },
      }),
      prediction: {
        type: "float32",
        dims: [rows.length, 1],
        data: Array.from(rows, (row) => predictions.at(-1)![row]!),
      },
    },
    tolerance,
  });
} // biome-ignore format: long lines

describe.skipIf(!hasChecker)("whole models", { timeout: 120_000 }, () => {
  test("networks of each architecture and objective", async () => {
    const folder = temporaryFolder();
    for (const [name, options] of Object.entries(NETS)) {
      const net = await smallNet(options);
      const columns = net.window === 1 ? (options.dataset ?? returns).columns : net.sample;
      await store(folder, name, net, columns, 1e-5);
    }
    expect(checkFolder(folder)).toEqual({ models: Object.keys(NETS).length, failures: [] });
  });

  test("trees of each objective", async () => {
    const folder = temporaryFolder();
    for (const [name, options] of Object.entries(TREES)) {
      const { columns } = options.dataset ?? returns;
      await store(folder, name, await smallTrees(options), columns, 1e-6);
    }
    expect(checkFolder(folder)).toEqual({ models: Object.keys(TREES).length, failures: [] });
  });
});
