import { ema } from "../dist/features/index.js";
import { PlanStream } from "../dist/features/drive/stream.js";
import { planFeatures } from "../dist/features/plan.js";
import { randomWalk } from "./random-walk.mjs";
const n=1e6, bars=randomWalk(n);
const plan=planFeatures([ema(20)]);
function run(bars, n) {
  const {time, open, high, low, close, volume} = bars;
  const st=new PlanStream(plan, 60000);
  const bar = { time: 0.5, open: 0.5, high: 0.5, low: 0.5, close: 0.5, volume: 0.5 };
  for (let i = 0; i < n; i++) { bar.time = time[i]; bar.open = open[i]; bar.high = high[i]; bar.low = low[i]; bar.close = close[i]; bar.volume = volume[i]; st.push(bar); }
  return st.values[5];
}
function fillOnly(bars, n) {
  const {time, open, high, low, close, volume} = bars;
  const bar = { time: 0.5, open: 0.5, high: 0.5, low: 0.5, close: 0.5, volume: 0.5 };
  const v = new Float64Array(6); let s=0;
  for (let i = 0; i < n; i++) { bar.time = time[i]; bar.open = open[i]; bar.high = high[i]; bar.low = low[i]; bar.close = close[i]; bar.volume = volume[i]; s+=sink(bar, v); }
  return s;
}
function sink(bar, v){ v[0]=bar.open; v[1]=bar.high; v[2]=bar.low; v[3]=bar.close; v[4]=bar.volume; v[5]=bar.time; return v[3]; }
for (const f of [fillOnly, run]) { const t=[]; for(let r=0;r<10;r++){const a=performance.now(); f(bars,n); t.push(performance.now()-a);} console.log(f.name, Math.min(...t).toFixed(1)); }
