import { COLOR } from "#analysis";
import { countText, escapeHtml, numberText, spanText } from "#core";
import type { DatasetVersion } from "#data";

const [WIDTH, HEIGHT] = [900, 320];

/** A page with one line, drawn as SVG: it needs no script and no network. @param values NaN leaves a gap. */
export function chartPage(version: DatasetVersion, column: string, values: Float64Array): string {
  const known = [...values].filter(Number.isFinite);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const title = `${version.symbol} ${version.kind} from ${version.source}: ${column}`;
  const note = `${countText(version.rows)} rows, ${spanText(version.from, version.to)}; version ${version.hash.slice(0, 8)}. Each point is the mean of a stretch of rows.`;
  const digits = high - low > 100 ? 0 : high - low > 1 ? 2 : 6;
  const caption =
    known.length === 0 ? "no number is known" : `${numberText(low, digits)} to ${numberText(high, digits)}`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(title)}</title>
<style>:root{color-scheme:light dark}body{font:14px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}svg{width:100%;height:auto}p{color:${COLOR.bench}}</style></head>
<body><h1>${escapeHtml(title)}</h1>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(`${title}, ${caption}`)}">
<path d="${linePath(values, low, high)}" fill="none" stroke="${COLOR.accent}" stroke-width="1.5" stroke-linejoin="round"/></svg>
<p>${escapeHtml(caption)}. ${escapeHtml(note)}</p></body></html>
`;
}

function linePath(values: Float64Array, low: number, high: number): string {
  const x = (i: number) => ((i + 0.5) * WIDTH) / values.length;
  const y = (value: number) => HEIGHT - 4 - ((HEIGHT - 8) * (value - low)) / (high - low || 1);
  let isOpen = false;
  const steps = Array.from(values, (value, i) => {
    if (!Number.isFinite(value)) {
      isOpen = false;
      return "";
    }
    const step = `${isOpen ? "L" : "M"}${x(i).toFixed(1)} ${y(value).toFixed(1)}`;
    isOpen = true;
    return step;
  });
  return steps.join("");
}
