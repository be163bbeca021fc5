// ONNX predictions through the whole contract (features in, preprocessing and model in one graph): one row, what a live
// decision waits for, and a batch of a million rows beside onnxruntime itself. Run: npm run bench -- predict
import { createRequire } from "node:module";
import { createRng } from "#core";
import { exportOnnx } from "#exports";
import { features, returns } from "#features";
import { loadPredictor, mlp, trainNet, trainTrees } from "#ml";

process.env.ORT_DISABLE_TELEMETRY = "1";
const ort = createRequire(import.meta.url)("onnxruntime-node");

const WIDTH = 32;
const SET = features(Object.fromEntries(Array.from({ length: WIDTH }, (_, j) => [`f${j}`, returns(j + 1)])));

/** Normal features, of which the first few decide. */
function datasetOf(rows) {
  const rng = createRng(5);
  const columns = SET.names.map(() => Float64Array.from({ length: rows }, () => rng.nextNormal()));
  const target = Float64Array.from({ length: rows }, (_, i) =>
    Number(columns[0][i] + columns[1][i] * columns[2][i] + rng.nextNormal() > 0),
  );
  const time = target.map((_, i) => i * 6e4);
  const ones = new Float64Array(rows).fill(1);
  return {
    ...{ names: SET.names, ids: SET.ids, length: rows, columns, target, time, weight: ones, returns: target },
    ...{
      labelEnd: time.map((start) => start + 6e4),
      label: "test",
      kind: "class",
      classes: 2,
      dataHash: "00",
      window: 1,
    },
    dropped: { missing: 0, unlabelled: 0, purged: 0 },
    ...{ source: [columns], series: new Uint32Array(rows), place: Uint32Array.from(time.keys()) },
  };
}

/** Microseconds of single rows, sorted. */
async function rowTimes(predictor, columns, calls) {
  const row = new Float64Array(WIDTH);
  const times = new Float64Array(calls);
  for (let call = -3000; call < calls; call++) {
    const i = Math.abs(call * 7919) % columns[0].length;
    for (let k = 0; k < WIDTH; k++) row[k] = columns[k][i];
    const start = process.hrtime.bigint();
    await predictor.predictRow(row);
    if (call >= 0) times[call] = Number(process.hrtime.bigint() - start) / 1e3;
  }
  return times.sort();
}

/** Seconds of all rows in one call of onnxruntime, the rows laid out beforehand; the best of three. */
async function rawSeconds({ bytes }, rows) {
  const session = await ort.InferenceSession.create(bytes, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: "sequential",
  });
  const block = 4096;
  const inputs = [];
  for (let from = 0; from < rows.length; from += block * WIDTH) {
    const part = rows.slice(from, from + block * WIDTH);
    inputs.push(new ort.Tensor("float64", part, [part.length / WIDTH, WIDTH]));
  }
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 3; round++) {
    const start = performance.now();
    for (const input of inputs) await session.run({ features: input }, ["prediction"]);
    best = Math.min(best, (performance.now() - start) / 1e3);
  }
  await session.release();
  return best;
}

export async function benchPredict({ rounds, smoke }) {
  const dataset = datasetOf(20_000);
  const models = {
    "MLP 32-64-64-1": await trainNet({
      dataset,
      model: mlp({ hidden: [64, 64] }),
      epochs: 1,
      batchSize: 512,
    }),
    "200 trees of depth 6": await trainTrees({ dataset, rounds: 200, maxDepth: 6, validation: 0 }),
  };
  const count = smoke ? 100_000 : 1_000_000;
  const large = datasetOf(count).columns;
  const laidOut = new Float64Array(count * WIDTH);
  large.forEach((column, j) => {
    for (let i = 0; i < count; i++) laidOut[i * WIDTH + j] = column[i];
  });
  const [notes, floors] = [[], []];
  for (const [name, model] of Object.entries(models)) {
    const exported = await exportOnnx(model, { features: SET });
    const predictor = await loadPredictor(exported);
    const times = await rowTimes(predictor, dataset.columns, Math.min(rounds, 8) * 5000);
    const at = (share) => times[Math.floor(share * (times.length - 1))];
    let whole = Number.POSITIVE_INFINITY;
    for (let round = 0; round < 3; round++) {
      const start = performance.now();
      await predictor.predict(large);
      whole = Math.min(whole, (performance.now() - start) / 1e3);
    }
    await predictor.close();
    const raw = await rawSeconds(exported, laidOut);
    notes.push(
      `${name}: one row p50 ${at(0.5).toFixed(1)} us, p99 ${at(0.99).toFixed(1)} us, p99.9 ${at(0.999).toFixed(1)} us; ` +
        `${count.toLocaleString("en")} rows in ${whole.toFixed(2)} s, ${((100 * raw) / whole).toFixed(0)} % of the speed of onnxruntime alone`,
    );
    floors.push({ name: `${name}: p50 in microseconds`, value: at(0.5), ceiling: 15 });
    floors.push({ name: `${name}: p99 in microseconds`, value: at(0.99), ceiling: 50 });
    floors.push({ name: `${name}: speed of a batch against onnxruntime`, value: raw / whole, floor: 0.8 });
  }
  return { title: "ONNX predictions through the whole contract", rows: [], notes, floors };
}
