import { rangeColumns } from "../dist/features/rolling/range-columns.js";
import { meanColumn, momentColumns } from "../dist/features/rolling/blocks.js";
import { randomWalk } from "./random-walk.mjs";
import { createFeatureColumns } from "../dist/features/table.js";
const n=200_000, bars=randomWalk(n); const [a,b,c]=createFeatureColumns(3,n);
const t=(name,f)=>{const t=[];for(let i=0;i<60;i++){const s=performance.now();f();t.push((performance.now()-s)*1e6/n);}t.sort((x,y)=>x-y);console.log(name.padEnd(12),t[30].toFixed(2),t[0].toFixed(2));};
// monotone index with rescan
function rescan(high,low,n,hi,lo){
  const length=high.length; let top=-Infinity, bottom=Infinity, ti=-1, bi=-1;
  for(let i=0;i<length;i++){
    const from=i-n+1;
    const h=high[i], l=low[i];
    if(ti<from){ ti=Math.max(0,from); top=high[ti]; for(let k=ti+1;k<=i;k++){ const v=high[k]; if(v>=top){top=v;ti=k;} } }
    else if(h>=top){top=h;ti=i;}
    if(bi<from){ bi=Math.max(0,from); bottom=low[bi]; for(let k=bi+1;k<=i;k++){ const v=low[k]; if(v<=bottom){bottom=v;bi=k;} } }
    else if(l<=bottom){bottom=l;bi=i;}
    hi[i]=top; lo[i]=bottom;
  }
}
function rescan1(high,n,hi){
  const length=high.length; let top=-Infinity, ti=-1;
  for(let i=0;i<length;i++){
    const from=i-n+1;
    const h=high[i];
    if(ti<from){ ti=from<0?0:from; top=high[ti]; for(let k=ti+1;k<=i;k++){ const v=high[k]; if(v>=top){top=v;ti=k;} } }
    else if(h>=top){top=h;ti=i;}
    hi[i]=top;
  }
}
// van Herk by compare
function herk(high,low,n,hi,lo){
  const length=high.length, sh=new Float64Array(n+1), sl=new Float64Array(n+1);
  sh[n]=-Infinity; sl[n]=Infinity;
  for(let at=0;at<length;at+=n){
    const end=Math.min(at+n,length);
    // suffix of previous block
    if(at>0){ let t=high[at-1], b=low[at-1]; sh[n-1]=t; sl[n-1]=b; for(let k=n-2;k>=1;k--){ const h=high[at-n+k], l=low[at-n+k]; if(h>t)t=h; if(l<b)b=l; sh[k]=t; sl[k]=b; } }
    let t=high[at], b=low[at];
    for(let i=at,k=1;i<end;i++,k++){ const h=high[i], l=low[i]; if(h>t)t=h; if(l<b)b=l; const u=sh[k], v=sl[k]; hi[i]=u>t?u:t; lo[i]=v<b?v:b; }
  }
}
// two-pass: w4 in registers, then 3 maxes, arithmetic, n 9..16 (step=n-8)
const TILE=256;
const S=new Float64Array(2*(TILE+64));
const TT=S.subarray(0,TILE+40), BB=S.subarray(TILE+40+24-40);
function fused(high,low,n,hi,lo){
  const length=high.length; const s=n-8;
  const top=new Float64Array(TILE+80), bot=new Float64Array(TILE+80);
  for(let at=0;at<length;at+=TILE){
    const end=Math.min(at+TILE,length), from=Math.max(0,at-n+1), count=end-from;
    let h0=high[from], l0=low[from]; let pa=h0,pb=h0,qa=l0,qb=l0; // pa = w2[j-1], pb = w2[j-2]
    for(let j=0;j<count;j++){
      const h=high[from+j], l=low[from+j];
      const u=h-h0, d=l-l0;
      const w=h0+0.5*(u+Math.abs(u)), z=l0+0.5*(d-Math.abs(d));
      h0=h;l0=l;
      const u2=w-pb, d2=z-qb;
      top[j]=pb+0.5*(u2+Math.abs(u2)); bot[j]=qb+0.5*(d2-Math.abs(d2));
      pb=pa;pa=w;qb=qa;qa=z;
    }
    for(let j=Math.max(at-from,n-1);j<count;j++){
      const a=top[j], b=top[j-4], c=top[j-s], e=top[j-s-4];
      const u=a-b, v=c-e; const p=b+0.5*(u+Math.abs(u)), q=e+0.5*(v+Math.abs(v)); const w=p-q; hi[from+j]=q+0.5*(w+Math.abs(w));
      const a2=bot[j], b2=bot[j-4], c2=bot[j-s], e2=bot[j-s-4];
      const u2=a2-b2, v2=c2-e2; const p2=b2+0.5*(u2-Math.abs(u2)), q2=e2+0.5*(v2-Math.abs(v2)); const w2=p2-q2; lo[from+j]=q2+0.5*(w2-Math.abs(w2));
    }
  }
}
const [r1,r2]=createFeatureColumns(2,n);
rangeColumns(bars.high,bars.low,14,r1,r2);
for(const [k,f] of Object.entries({rescan,herk,fused})){ f(bars.high,bars.low,14,a,b); for(let i=13;i<n;i++) if(a[i]!==r1[i]||b[i]!==r2[i]) {console.log(k,"differs",i,a[i],r1[i],b[i],r2[i]);break;} }
for(let r=0;r<2;r++){
t("range14",()=>rangeColumns(bars.high,bars.low,14,a,b));
t("rescan",()=>rescan(bars.high,bars.low,14,a,b));
t("rescan1x2",()=>{rescan1(bars.high,14,a);rescan1(bars.low,14,b)});
t("herk",()=>herk(bars.high,bars.low,14,a,b));
t("fused",()=>fused(bars.high,bars.low,14,a,b));
t("mean20",()=>meanColumn(bars.close,a,20,bars.time,6e4));
t("mean3",()=>meanColumn(bars.close,a,3,bars.time,6e4));
t("moments20",()=>momentColumns(bars.close,a,b,20,bars.time,6e4));
}
