import type { RunResult } from "../run-notebook.ts";
import type { Charts } from "./chart.ts";
import type { ReportFacts } from "./facts.ts";
import { type Html, type HtmlValue, html } from "./html.ts";
import type { Periods } from "./periods.ts";

/** What every section is drawn from. */
export interface ReportContext {
  readonly run: RunResult;
  readonly facts: ReportFacts;
  readonly periods: Periods | undefined;
  readonly charts: Charts;
}

/** @param note in quiet letters behind the title. */
export function section(title: string, note: HtmlValue, body: HtmlValue): Html {
  return html`<section><h2>${title}${note ? html` <span class="note">${note}</span>` : ""}</h2>${body}</section>`;
}

/** Two columns; what stands alone takes the first. */
export function columns(left: Html | undefined, right: Html | undefined): Html | undefined {
  const parts = [left, right].filter((part) => part !== undefined);
  if (parts.length === 0) return undefined;
  return html`<div class="two">${parts.map((part) => html`<div>${part}</div>`)}</div>`;
}

/** A table that scrolls sideways by itself where the page is too narrow. */
export function table(look: string, head: HtmlValue, body: HtmlValue): Html {
  return html`<div class="wide"><table class="${look}"><thead><tr>${head}</tr></thead>${body}</table></div>`;
}

/** 8 characters of a hash; a click copies all of it. */
export function hash(value: string): Html {
  return html`<button type="button" class="hash" data-copy="${value}" title="${value}" aria-label="Copy ${value}"><code>${value.slice(0, 8)}<span>${value.slice(8)}</span></code></button>`;
}
