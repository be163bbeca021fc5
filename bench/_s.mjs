import { randomWalk } from "./random-walk.mjs";
const n=1e6, bars=randomWalk(n);
function cur(column){ const n=column.length; let [a,b,c,d]=[0,0,0,0]; let i=0;
  for (; i + 3 < n; i += 4) { a += column[i] - column[i]; b += column[i+1]-column[i+1]; c += column[i+2]-column[i+2]; d += column[i+3]-column[i+3]; }
  return a+b+c+d===0; }
function tree(column){ const n=column.length; let a=0,b=0; let i=0;
  for (; i + 7 < n; i += 8) { const s=(column[i]+column[i+1])+(column[i+2]+column[i+3]); const t=(column[i+4]+column[i+5])+(column[i+6]+column[i+7]); a+=s-s; b+=t-t; }
  return a+b===0; }
function sums(column){ const n=column.length; let a=0,b=0,c=0,d=0; let i=0;
  for (; i + 3 < n; i += 4) { a+=column[i]; b+=column[i+1]; c+=column[i+2]; d+=column[i+3]; }
  return Number.isFinite(a+b+c+d); }
function ints(column){ const u=new Int32Array(column.buffer, column.byteOffset, column.length*2); const n=u.length; let a=0,b=0; let i=1;
  for(; i+6<n; i+=8){ a|=(u[i]&0x7fffffff)+0x100000; b|=(u[i+2]&0x7fffffff)+0x100000; a|=(u[i+4]&0x7fffffff)+0x100000; b|=(u[i+6]&0x7fffffff)+0x100000; }
  return (a|b)>=0; }
const t=(name,f)=>{const t=[];for(let i=0;i<40;i++){const s=performance.now();for(const c of [bars.open,bars.high,bars.low,bars.close])f(c);t.push(performance.now()-s);}t.sort((x,y)=>x-y);console.log(name.padEnd(12),(t[20]/4).toFixed(2),(t[0]/4).toFixed(2));};
for(const f of [cur,tree,sums,ints])t(f.name,f);
