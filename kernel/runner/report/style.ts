import { cssVariables, DARK, LIGHT } from "./palette.ts";

/** The page's style sheet: a 4 px grid, hairlines instead of boxes, light or dark as the system, light on paper. */
export function styleSheet(): string {
  return `
:root { color-scheme: light; ${cssVariables(LIGHT)} --tb-gain-fill: #2f86d6; --tb-loss-fill: #e0802a;
  --tb-font: system-ui, -apple-system, "Segoe UI", helvetica, arial, sans-serif;
  --tb-mono: ui-monospace, menlo, consolas, "DejaVu Sans Mono", monospace; }
@media screen and (prefers-color-scheme: dark) { :root { color-scheme: dark; ${cssVariables(DARK)} } }
${BASE}${PARTS}${NARROW}${PRINT}`;
}

const BASE = `
*, ::before { box-sizing: border-box; }
body { margin: 0; background: var(--tb-paper); color: var(--tb-ink); font: 13px/20px var(--tb-font); font-variant-numeric: tabular-nums; -webkit-font-smoothing: antialiased; }
main { max-width: 1192px; margin: 0 auto; padding: 32px; }
h1, h2, h3, p, ul, dl, dd, pre, figure, table { margin: 0; padding: 0; }
h1 { font-size: 28px; line-height: 36px; font-weight: 600; letter-spacing: -.01em; overflow-wrap: anywhere; }
h2 { font-size: 15px; line-height: 24px; font-weight: 600; padding-bottom: 8px; }
h2 .note { font-weight: 400; font-size: 12px; color: var(--tb-ink-2); margin-left: 4px; }
h3 { font-size: 13px; line-height: 20px; font-weight: 600; }
ul { list-style: none; }
section { padding-bottom: 32px; min-width: 0; }
code, pre { font: 12px/18px var(--tb-mono); }
button { font: inherit; color: inherit; background: none; border: 0; padding: 0; cursor: pointer; }
:focus-visible { outline: 2px solid var(--tb-accent); outline-offset: 2px; }
a { color: var(--tb-link); }
summary { cursor: pointer; color: var(--tb-link); font-size: 12px; }
table { border-collapse: collapse; width: 100%; }
th, td { padding: 4px 8px; text-align: left; vertical-align: baseline; }
th { font-weight: 400; font-size: 11px; line-height: 16px; color: var(--tb-ink-2); }
thead th { vertical-align: bottom; }
tbody th { font-size: inherit; line-height: inherit; color: inherit; }
th:first-child, td:first-child { padding-left: 0; }
th:last-child, td:last-child { padding-right: 0; }
tbody tr { border-top: 1px solid var(--tb-rule-soft); }
thead + tbody tr:first-child { border-top-color: var(--tb-rule); }
.right { text-align: right; white-space: nowrap; }
.soft { color: var(--tb-ink-2); }
.small { font-size: 11px; line-height: 16px; }
.strong { font-weight: 600; }
.keep { white-space: nowrap; }
.after { margin-top: 8px; }
.gain { color: var(--tb-gain); } .loss { color: var(--tb-loss); }
.ok { color: var(--tb-accent); } .look { color: var(--tb-warn); } .bad { color: var(--tb-danger); }
.icon { width: 16px; height: 16px; flex: none; vertical-align: -3px; fill: none; stroke: currentColor; stroke-width: 1.5; stroke-linecap: round; stroke-linejoin: round; }
.icon.tiny { width: 12px; height: 12px; vertical-align: -1px; }
.sheet { position: absolute; }
.two { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 0 48px; }
.two.uneven { grid-template-columns: minmax(0, 1fr) 344px; }
.wide { overflow-x: auto; }
`;

const PARTS = `
header { padding-bottom: 24px; }
.verdicts { display: grid; grid-template-columns: repeat(auto-fit, minmax(240px, 1fr)); gap: 16px; }
.verdicts li { display: flex; gap: 12px; padding: 12px 16px 12px 12px; border: 1px solid var(--tb-rule); border-left: 3px solid var(--tb-accent); overflow-wrap: anywhere; }
.verdicts h3 { font-weight: 400; color: var(--tb-ink-2); }
.verdicts b { font-weight: 600; color: var(--tb-ink); }
.verdicts p { font-size: 12px; line-height: 16px; margin-top: 4px; }
.verdicts .differs { border-color: var(--tb-danger); background: var(--tb-danger-tint); }
.verdicts .not-run, .verdicts .cannot-tell { border-style: dashed; border-left-color: var(--tb-rule); }
.callout { display: flex; gap: 8px; padding: 8px 12px; border-left: 3px solid var(--tb-warn); background: var(--tb-warn-tint); margin-top: 12px; font-size: 12px; line-height: 16px; }
.failure { border-left: 3px solid var(--tb-danger); background: var(--tb-danger-tint); padding: 16px 16px 16px 12px; display: flex; gap: 12px; }
.failure > div { flex: 1; min-width: 0; }
.failure h2 { padding: 0 0 4px; line-height: 20px; }
.failure .message { white-space: pre-wrap; overflow-wrap: anywhere; }
.failure > div > * + * { margin-top: 8px; }
.code { background: var(--tb-paper); border: 1px solid var(--tb-rule); padding: 8px 12px; overflow-x: auto; }
.code mark { background: none; color: var(--tb-danger); font-weight: 600; }
.facts { display: grid; grid-template-columns: 1fr auto; }
.facts dt, .facts dd { padding: 4px 0; border-top: 1px solid var(--tb-rule-soft); }
.facts dt { padding-right: 8px; }
.facts dd { text-align: right; white-space: nowrap; }
.facts dt:first-of-type, .facts dd:first-of-type { border-top-color: var(--tb-rule); }
.main { background: var(--tb-accent-tint); font-weight: 600; }
thead .main { color: var(--tb-ink); }
.main .small { font-weight: 400; }
.metrics td:last-child, .metrics th:last-child { padding-right: 8px; }
.chart { position: relative; }
.chart + * { margin-top: 8px; }
.chart .modebar { opacity: 0; }
.chart:hover .modebar { opacity: 1; }
.heat th, .heat td { padding: 2px 6px; font-size: 12px; line-height: 18px; }
.heat tr, .heat thead + tbody tr:first-child { border: 0; }
.heat td { border: 1px solid var(--tb-paper); text-align: right; white-space: nowrap; }
.heat.months td { width: 7.2%; }
.heat td.total { padding-left: 16px; padding-right: 0; font-weight: 600; }
.heat tr.cut > * { border-top: 2px solid var(--tb-ink-2); }
.heat .up { background: color-mix(in srgb, var(--tb-gain-fill) var(--heat), var(--tb-paper)); }
.heat .down { background: color-mix(in srgb, var(--tb-loss-fill) var(--heat), var(--tb-paper)); }
.heat td.used { outline: 2px solid var(--tb-ink); outline-offset: -1px; font-weight: 600; }
.heat.grid td { text-align: center; min-width: 34px; }
.heat.grid th { text-align: right; }
.heat.grid tfoot th { text-align: center; font-size: 11px; }
.quiet td { font-size: 12px; }
.trades { table-layout: fixed; }
.cells th:first-child, .cells td:first-child { width: 44px; }
.trades td { white-space: nowrap; }
.trades th { white-space: normal; }
.trades th:first-child, .trades td:first-child { width: 44px; }
details { padding-top: 8px; }
details[open] > summary { padding-bottom: 8px; }
.stack { display: flex; height: 16px; gap: 1px; margin-bottom: 8px; }
.stack i, .swatch { display: block; }
.swatch { display: inline-block; width: 10px; height: 10px; margin-right: 8px; }
.net { background: var(--tb-accent); }
.fees { background: repeating-linear-gradient(45deg, var(--tb-ink-2) 0 2px, transparent 2px 4px), var(--tb-paper-2); }
.slippage { background: var(--tb-bench); }
footer { border-top: 1px solid var(--tb-rule); padding-top: 16px; }
footer dl { display: grid; grid-template-columns: max-content minmax(0, 1fr) max-content minmax(0, 1fr); gap: 4px 16px; font-size: 12px; }
footer dt { color: var(--tb-ink-2); }
footer dd { overflow-wrap: anywhere; }
.hash:hover code { text-decoration: underline; }
.hash span { display: none; }
.hash.copied::after { content: " copied"; color: var(--tb-ink-2); font-size: 11px; }
`;

const NARROW = `
@media screen and (max-width: 960px) {
  main { padding: 24px 16px; }
  .two, .two.uneven { grid-template-columns: minmax(0, 1fr); }
  .two.uneven > * + * { margin-top: 24px; }
  .trades { min-width: 720px; }
  .trades th, .trades td { padding: 4px; font-size: 11px; }
  .heat.months th, .heat.months td { padding: 2px 3px; font-size: 11px; }
  footer dl { grid-template-columns: max-content minmax(0, 1fr); }
}
`;

const PRINT = `
@media print {
  @page { size: A4; margin: 12mm; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  body { font-size: 10.5px; line-height: 15px; }
  main { padding: 0; max-width: none; }
  section { padding-bottom: 16px; }
  section, tr, figure, .verdicts li { break-inside: avoid; }
  h2 { break-after: avoid; }
  th, td { padding: 2px 4px; }
  code, pre { font-size: 9px; line-height: 13px; }
  td, tbody th, .heat th, .heat td, .heat.grid tfoot th, .quiet td { font-size: 9.5px; line-height: 14px; }
  thead th, .small, .callout, .verdicts p, h2 .note, footer dl { font-size: 9.5px; line-height: 13px; }
  .two { gap: 0 24px; }
  .two.uneven { grid-template-columns: minmax(0, 1fr) 220px; }
  .wide { overflow: visible; }
  details:not([open]), .modebar { display: none; }
  footer .hash span { display: inline; }
  .hash code { overflow-wrap: anywhere; white-space: normal; text-align: left; }
}
`;
