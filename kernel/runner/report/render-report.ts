import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { RunResult } from "../run-notebook.ts";
import { Charts } from "./chart.ts";
import { factsFrom } from "./facts.ts";
import { type Html, type HtmlValue, html, trusted } from "./html.ts";
import { iconSheet } from "./icon.ts";
import { pageScript } from "./page-script.ts";
import { arrangePeriods } from "./periods.ts";
import { cells } from "./section/cells.ts";
import { costs } from "./section/costs.ts";
import { dataQuality } from "./section/data-quality.ts";
import { equity } from "./section/equity.ts";
import { failure } from "./section/failure.ts";
import { header, notebookName } from "./section/header.ts";
import { models } from "./section/models.ts";
import { months } from "./section/months.ts";
import { type Promotion, provenance } from "./section/provenance.ts";
import { refusals } from "./section/refusals.ts";
import { result } from "./section/result.ts";
import { study } from "./section/study.ts";
import { trades } from "./section/trades.ts";
import { type Verdict, verdicts } from "./section/verdicts.ts";
import { columns, type ReportContext } from "./section.ts";
import { styleSheet } from "./style.ts";

export interface ReportInput {
  readonly run: RunResult;
  /** What was proven about the run, in the order to show. */
  readonly verdicts?: readonly Verdict[];
  /** What the run became. */
  readonly promoted?: Promotion;
}

/**
 * The report of a run as one HTML page: charts, style and script are inside, and nothing is loaded, which the page's
 * own content policy also enforces. Each section is drawn from facts that the cells recorded, or left out.
 */
export async function renderReport({ run, verdicts: proven = [], promoted }: ReportInput): Promise<string> {
  const facts = factsFrom(run.facts);
  const context: ReportContext = { run, facts, periods: arrangePeriods(facts), charts: new Charts() };
  const body = bodyOf(context, proven, promoted);
  const scripts = context.charts.isEmpty ? [pageScript()] : [await plotlySource(), pageScript()];
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${contentPolicy(scripts)}">
<meta name="viewport" content="width=device-width">
<title>${notebookName(run)}: notebook report</title>
<style>${trusted(styleSheet())}</style>
</head>
<body>
${iconSheet()}
<main>
${body}
</main>
${context.charts.isEmpty ? "" : html`<script type="application/json" id="charts">${context.charts.json()}</script>`}
${scripts.map((script) => html`<script>${trusted(script)}</script>\n`)}
</body>
</html>
`;
  return page.text;
}

function bodyOf(context: ReportContext, proven: readonly Verdict[], promoted: Promotion | undefined): Html {
  const parts: HtmlValue[] = [
    header(context),
    failure(context),
    verdicts(proven),
    result(context),
    equity(context),
    months(context),
    trades(context),
    columns(study(context), columnOf([costs(context), refusals(context)])),
    models(context),
    dataQuality(context),
    cells(context),
    provenance(context, promoted),
  ];
  return html`${parts}`;
}

function columnOf(parts: readonly (Html | undefined)[]): Html | undefined {
  return parts.some((part) => part !== undefined) ? html`${parts}` : undefined;
}

/** Plotly as the text of a script element. It holds no line that could end the element or change under a parser. */
async function plotlySource(): Promise<string> {
  const source = await readFile(createRequire(import.meta.url).resolve("plotly.js-dist-min"), "utf8");
  return source.replaceAll("\r\n", "\n").replaceAll(/<(?=\/script|!--)/gi, "\\x3c");
}

/** Only these scripts run, nothing is loaded, nothing is sent. Plotly sets styles and draws pictures for download. */
function contentPolicy(scripts: readonly string[]): string {
  const hashes = scripts.map((script) => `'sha256-${createHash("sha256").update(script).digest("base64")}'`);
  return [
    "default-src 'none'",
    `script-src ${hashes.join(" ")}`,
    "style-src 'unsafe-inline'",
    "img-src data: blob:",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
}
