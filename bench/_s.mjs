import { features, sma, ema, rsi, macd, bollinger, atr, adx, stoch } from "../dist/features/index.js";
import { randomWalk } from "./random-walk.mjs";
const n=1e6, bars=randomWalk(n);
const b = bollinger(20, 2), m = macd(12, 26, 9), s = stoch(14, 3, 3);
const all = { sma: sma(20), ema: ema(20), rsi: rsi(14), a: m.macd, b: m.signal, c: m.histogram, d: b.upper, e: b.middle, f: b.lower, atr: atr(14), adx: adx(14), g: s.k, h: s.d };
const set = process.argv[2]==="one" ? features({a:ema(20)}) : features(all);
function run(set, bars, n) {
  const {time, open, high, low, close, volume} = bars;
  const st=set.stream({timeframe:"1m"}), row=new Float64Array(set.names.length);
  const bar = { time: 0.5, open: 0.5, high: 0.5, low: 0.5, close: 0.5, volume: 0.5 };
  let sum = 0;
  for (let i = 0; i < n; i++) { bar.time = time[i]; bar.open = open[i]; bar.high = high[i]; bar.low = low[i]; bar.close = close[i]; bar.volume = volume[i]; st.push(bar, row); sum += row[0]; }
  return sum;
}
for(let r=0;r<10;r++){const a=performance.now(); run(set,bars,n); console.log((performance.now()-a).toFixed(1));}
