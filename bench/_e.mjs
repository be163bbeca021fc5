import { features, ema, createFeatureColumns } from "../dist/features/index.js";
import { randomWalk } from "./random-walk.mjs";
const n=1e6, bars=randomWalk(n), set=features({a:ema(20)}), out=createFeatureColumns(1,n);
for(let i=0;i<60;i++){const a=performance.now(); set.compute(bars,{out}); console.log((performance.now()-a).toFixed(1));}
