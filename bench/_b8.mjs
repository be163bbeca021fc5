import { features, sma, ema, rsi, macd, bollinger, atr, adx, stoch, createFeatureColumns } from "../dist/features/index.js";
import { randomWalk } from "./random-walk.mjs";
const n = 1_000_000;
const bars = randomWalk(n);
const b = bollinger(20, 2), m = macd(12, 26, 9), s = stoch(14, 3, 3);
const one = { sma: { a: sma(20) }, ema: { a: ema(20) }, rsi: { a: rsi(14) }, macd: { a: m.macd, b: m.signal, c: m.histogram }, boll: { a: b.upper, b: b.middle, c: b.lower }, atr: { a: atr(14) }, adx: { a: adx(14) }, stoch: { a: s.k, b: s.d } };
const all = {};
for (const [k, v] of Object.entries(one)) for (const [q, f] of Object.entries(v)) all[k + q] = f;
const time = (f, k = 7) => { const t = []; for (let i = 0; i < k; i++) { const a = performance.now(); f(); t.push(performance.now() - a); } t.sort((x, y) => x - y); return [t[k >> 1], t[0]]; };
for (const [k, spec] of [...Object.entries(one), ["all", all]]) {
  const set = features(spec);
  const out = createFeatureColumns(set.names.length, n);
  const [med, min] = time(() => set.compute(bars, { out }));
  const st = set.stream({ timeframe: "1m" });
  const row = new Float64Array(set.names.length);
  const bar = { time: 0, open: 0, high: 0, low: 0, close: 0, volume: 0 };
  const [med2, min2] = time(() => {
    const st = set.stream({ timeframe: "1m" });
    for (let i = 0; i < n; i++) { bar.time = bars.time[i]; bar.open = bars.open[i]; bar.high = bars.high[i]; bar.low = bars.low[i]; bar.close = bars.close[i]; bar.volume = bars.volume[i]; st.push(bar, row); }
  }, 5);
  console.log(k.padEnd(6), "batch", med.toFixed(1), min.toFixed(1), "ns/bar; stream", med2.toFixed(1), min2.toFixed(1));
}
