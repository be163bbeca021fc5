// One ONNX prediction, one row: what a live decision waits for. Run: npm run bench -- predict
import { createRng } from "#core";
import { exportOnnx } from "#exports";
import { features, macd, returns, rsi, volatility } from "#features";
import { direction, loadPredictor, makeDataset, trainNet } from "#ml";
import { randomWalk } from "./random-walk.mjs";

const SET = features({
  fast: rsi(2),
  week: returns(5),
  trend: macd(12, 26, 9).histogram,
  vol: volatility(20),
});

export async function benchPredict({ rounds }) {
  const bars = randomWalk(3000);
  const table = SET.compute(bars);
  const dataset = makeDataset({ table, labels: direction(bars, { horizon: 5 }) });
  const net = await trainNet({ dataset, hidden: [16, 16], epochs: 2 });
  const model = await exportOnnx(net, { features: SET });
  const predictor = await loadPredictor(model);
  const rng = createRng(1);
  const calls = rounds * 5000;
  const times = new Float64Array(calls);
  const row = new Float64Array(SET.names.length);
  for (let call = -2000; call < calls; call++) {
    const i = 100 + rng.nextInt(2800);
    for (let k = 0; k < row.length; k++) row[k] = table.columns[k][i];
    const start = process.hrtime.bigint();
    await predictor.predictRow(row);
    if (call >= 0) times[call] = Number(process.hrtime.bigint() - start) / 1e3;
  }
  await predictor.close();
  times.sort();
  const at = (share) => times[Math.floor(share * (calls - 1))];
  return {
    title: `ONNX prediction, one row at a time, network ${net.report.sizes.join("-")}, ${calls.toLocaleString("en")} calls`,
    rows: [],
    notes: [`p50 ${at(0.5).toFixed(1)} us, p99 ${at(0.99).toFixed(1)} us, p99.9 ${at(0.999).toFixed(1)} us`],
    floors: [{ name: "p99 in microseconds", value: at(0.99), ceiling: 50 }],
  };
}
