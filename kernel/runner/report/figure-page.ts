import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { Figure } from "#analysis";
import { escapeHtml } from "#core";

/** A page that shows one figure and needs no network. @param note below it, plain text. */
export async function figurePage(title: string, figure: Figure, note: string): Promise<string> {
  const plotly = await readFile(createRequire(import.meta.url).resolve("plotly.js-dist-min"), "utf8");
  // NaN is no JSON; Plotly leaves a gap at null. "</script" in a name would end the script.
  const json = JSON.stringify(figure, (_, value: unknown) => (Number.isNaN(value) ? null : value));
  const data = json.replaceAll("<", "\\u003c");
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(title)}</title>
<style>:root{color-scheme:light dark}body{font:14px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}pre{white-space:pre-wrap}</style></head>
<body><div id="figure"></div><pre>${escapeHtml(note)}</pre>
<script>${plotly.replaceAll(/<(?=\/script|!--)/gi, "\\x3c")}</script>
<script>const figure = ${data}; Plotly.newPlot("figure", figure.data, figure.layout, { responsive: true, displaylogo: false });</script>
</body></html>
`;
}
