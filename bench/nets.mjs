// Training nets: an epoch of ours against an epoch of plain tfjs (model.fit) of the same model on the same rows, both
// on wasm, each in a process of its own, taking turns; and two trainings at once against one after the other.
// Run: npm run bench -- nets
import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { argv, execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { createRng } from "#core";
import { buildSpec, gru, lstm, mlp, tcn } from "../dist/lib/ml/net/architectures.js";
import { buildSeeded } from "../dist/lib/ml/net/initial.js";
import { runJob } from "../dist/lib/ml/net/job.js";
import { checkOptions } from "../dist/lib/ml/net/options.js";
import { prepare, trainNet } from "../dist/lib/ml/net/train.js";

const SELF = fileURLToPath(import.meta.url);
const SPECS = {
  "MLP 32-64-64-1": { spec: mlp({ hidden: [64, 64] }), features: 32, window: 1, batchSize: 512, share: 1 },
  "LSTM 32": { spec: lstm({ units: 32 }), features: 16, window: 30, batchSize: 256, share: 0.1 },
  "GRU 32": { spec: gru({ units: 32 }), features: 16, window: 30, batchSize: 256, share: 0.1 },
  "causal conv 32": {
    spec: tcn({ filters: 32, dilations: [1] }),
    features: 16,
    window: 30,
    batchSize: 256,
    share: 0.1,
  },
};
const TURNS = 3;

/** Rows of normal numbers whose first feature tells the class, but for noise. */
function rows({ features, window, share }, bars) {
  const rng = createRng(1);
  const n = Math.max(600, Math.floor(bars * share)) + window - 1;
  const source = Array.from({ length: features }, () =>
    Float64Array.from({ length: n }, () => rng.nextNormal()),
  );
  const place = Uint32Array.from({ length: n - window + 1 }, (_, i) => i + window - 1);
  const pick = (column) => Float64Array.from(place, (i) => column[i]);
  const time = Float64Array.from(place);
  const columns = source.map(pick);
  return {
    names: source.map((_, j) => `f${j}`),
    ids: source.map((_, j) => `f${j}()@1`),
    length: place.length,
    columns,
    target: columns[0].map((x) => (x + rng.nextNormal() > 0 ? 1 : 0)),
    weight: new Float64Array(place.length).fill(1),
    time,
    labelEnd: time,
    label: "direction(1)",
    kind: "class",
    classes: 2,
    dataHash: "",
    dropped: { missing: 0, unlabelled: 0, purged: 0 },
    window,
    source: [source],
    series: new Uint32Array(place.length),
    place,
  };
}

function optionsOf(entry, bars, epochs) {
  const dataset = rows(entry, bars);
  return { dataset, model: entry.spec, epochs, batchSize: entry.batchSize, validation: 0, backend: "wasm" };
}

/** Seconds of each epoch but the first. */
async function ours(entry, bars, epochs) {
  const { job } = await prepare(checkOptions(optionsOf(entry, bars, epochs)));
  const ends = [];
  await runJob(job, () => ends.push(performance.now()));
  return ends.slice(1).map((end, i) => (end - ends[i]) / 1e3);
}

async function plain(entry, bars, epochs) {
  const tf = await plainTf();
  const { dataset, batchSize } = optionsOf(entry, bars, epochs);
  const { features, window } = entry;
  const shape = { features, window, outputs: 1, activation: "sigmoid" };
  const model = buildSeeded(tf, createRng(1), () => buildSpec(tf, entry.spec, shape));
  model.compile({ optimizer: tf.train.adam(0.001), loss: "binaryCrossentropy" });
  const x = new Float32Array(dataset.length * window * features);
  dataset.place.forEach((end, i) => {
    for (let t = 0; t < window; t++)
      for (let j = 0; j < features; j++)
        x[(i * window + t) * features + j] = dataset.source[0][j][end - window + 1 + t];
  });
  const size = window === 1 ? [dataset.length, features] : [dataset.length, window, features];
  const ends = [];
  await model.fit(tf.tensor(x, size), tf.tensor(Float32Array.from(dataset.target), [dataset.length, 1]), {
    epochs,
    batchSize,
    yieldEvery: "never",
    verbose: 0,
    callbacks: { onEpochEnd: async () => void ends.push(performance.now()) },
  });
  return ends.slice(1).map((end, i) => (end - ends[i]) / 1e3);
}

async function plainTf() {
  const tf = await import("@tensorflow/tfjs");
  const { setWasmPaths } = await import("@tensorflow/tfjs-backend-wasm");
  const entry = createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm");
  setWasmPaths(`${dirname(entry)}/`);
  await tf.setBackend("wasm");
  tf.env().set("PROD", true);
  return tf;
}

/** What plain tfjs says to a stock Conv1D. */
async function stockConv() {
  const tf = await plainTf();
  const model = tf.sequential({
    layers: [
      tf.layers.conv1d({ filters: 2, kernelSize: 2, inputShape: [4, 2] }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 1 }),
    ],
  });
  model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
  try {
    await model.fit(tf.ones([8, 4, 2]), tf.ones([8, 1]), { verbose: 0 });
    return "trains";
  } catch (error) {
    return error.message.split(". ")[0];
  }
}

/** Seconds of two trainings, one after the other and at once, in threads that are warm. */
async function pair(bars, epochs) {
  const entry = SPECS["MLP 32-64-64-1"];
  // Made once: it would be the caller's work, not the training's.
  const options = optionsOf(entry, bars / 2, epochs);
  const train = () => trainNet(options);
  await Promise.all([train(), train()]);
  const start = performance.now();
  await train();
  await train();
  const between = performance.now();
  await Promise.all([train(), train()]);
  const end = performance.now();
  return [(between - start) / 1e3, (end - between) / 1e3];
}

const SIDES = { ours, plain, stockConv, pair };
if (argv[1] === SELF) {
  const [, , side, name, bars, epochs] = argv;
  const entry = SPECS[name];
  const result =
    entry === undefined
      ? await SIDES[side](Number(bars), Number(epochs))
      : await SIDES[side](entry, Number(bars), Number(epochs));
  process.stdout.write(JSON.stringify(result));
}

function runSide(side, name, bars, epochs) {
  return JSON.parse(execFileSync(execPath, [SELF, side, name, String(bars), String(epochs)]).toString());
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

export async function benchNets({ bars, rounds }) {
  const isSmoke = rounds < 9;
  const size = isSmoke ? 2000 : Math.min(bars, 50_000);
  const epochs = isSmoke ? 2 : 4;
  const table = [];
  const floors = [];
  for (const [name, entry] of Object.entries(SPECS)) {
    const seconds = { plain: [], ours: [] };
    for (let turn = 0; turn < (isSmoke ? 1 : TURNS); turn++)
      for (const side of ["plain", "ours"]) seconds[side].push(...runSide(side, name, size, epochs));
    const [before, after] = [median(seconds.plain), median(seconds.ours)];
    const units = Math.floor(size * entry.share);
    for (const [side, value] of [["plain tfjs", before], ["tickbook", after]]) // biome-ignore format: pairs
      table.push({
        name: `${name}, ${side}`,
        median: value,
        perSecond: units / value,
        ratio: before / value,
      });
    floors.push({ name: `${name}: time of an epoch over plain tfjs's`, value: after / before, ceiling: 1.2 });
  }
  const speedups = Array.from({ length: isSmoke ? 1 : TURNS }, () => {
    const [alone, together] = runSide("pair", "", size, isSmoke ? 4 : 16);
    return alone / together;
  });
  floors.push({
    name: "two trainings at once, speed-up on two free cores",
    value: median(speedups),
    floor: 1.7,
  });
  return {
    title: `Nets on wasm, an epoch of ${size.toLocaleString("en")} rows (a tenth of windows of 30), one thread`,
    unit: "rows",
    rows: table,
    notes: [
      `plain tfjs and a stock Conv1D on wasm: ${runSide("stockConv", "", 0, 0)}; "plain" above is our layer in model.fit`,
    ],
    floors,
  };
}
