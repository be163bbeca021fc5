import { basename, extname } from "node:path";
import { countText } from "#core";
import { TABLE_KINDS } from "#model";
import type { RunResult } from "../../run-notebook.ts";
import { durationText, momentText, stampText } from "../format.ts";
import { type Html, html } from "../html.ts";
import type { ReportContext } from "../section.ts";

/** "trend" for notebooks/trend.ipynb. */
export function notebookName({ notebookPath }: RunResult): string {
  return basename(notebookPath, extname(notebookPath));
}

export function header({ run, facts, periods }: ReportContext): Html {
  const ran = run.cells.filter(({ status }) => status !== "skipped").length;
  const took = durationText((run.endedAt - run.startedAt) / 1000);
  const cellsText = `${countText(ran)} ${ran === 1 ? "cell" : "cells"} in ${took}`;
  const lines = facts.data.map(({ symbol, timeframe, from, to, rows }) => {
    const [kind, unit] = timeframe in TABLE_KINDS ? [timeframe, "rows"] : [`${timeframe} bars`, "bars"];
    return html`<p>${symbol} · ${kind} · ${stampText(from, timeframe)} to ${stampText(to, timeframe)} UTC · ${countText(rows)} ${unit}</p>`;
  });
  return html`<header><p class="soft small">Notebook report · run ${momentText(run.startedAt)} · ${cellsText}</p><h1>${notebookName(run)}</h1>${
    lines.length > 0 ? lines : spanOfBacktest(periods)
  }</header>`;
}

function spanOfBacktest(periods: ReportContext["periods"]): Html | undefined {
  if (!periods) return undefined;
  const { symbols, timeframe, from, to, equity } = periods.curve;
  return html`<p>${symbols.join(", ")} · ${timeframe} bars · ${stampText(from, timeframe)} to ${stampText(to, timeframe)} UTC · ${countText(equity.length)} bars</p>`;
}
