import type { CellError } from "#session";
import type { RunStatus } from "../../events.ts";
import { type Html, html } from "../html.ts";
import { icon } from "../icon.ts";
import type { ReportContext } from "../section.ts";

const WORDS: Readonly<Record<Exclude<RunStatus, "ok">, string>> = {
  failed: "failed",
  "timed-out": "ran out of time",
  interrupted: "was interrupted",
  "kernel-died": "ended the process that ran it",
};

/** On top of a run that did not end well: where, the value seen, what to do, and the trace. */
export function failure({ run }: ReportContext): Html | undefined {
  const { status, error } = run;
  if (status === "ok") return undefined;
  const cell = error?.cell;
  const title = run.cells.findLast((report) => report.cell === cell)?.title;
  const subject = cell === undefined ? "The run" : `Cell ${cell}`;
  return html`<section><div class="failure" role="alert">${icon("stop", "bad")}<div><h2>${subject} ${WORDS[status]}${
    title ? html` <span class="note">${title}</span>` : ""
  }</h2>${error ? details(error) : ""}</div></div></section>`;
}

function details(error: CellError): Html {
  const { name, message, hint, code, traceback } = error;
  return html`<p class="message"><b>${name}</b>: ${message}${code ? html` <code>${code}</code>` : ""}</p>${source(error)}${
    hint ? html`<p><b>What to do.</b> ${hint}</p>` : ""
  }${
    traceback.length > 0
      ? html`<details open><summary>Trace</summary><pre class="code">${traceback.join("\n")}</pre></details>`
      : ""
  }`;
}

/** The line with a caret below the place. */
function source({ cell, line, column, sourceLine }: CellError): Html | undefined {
  if (line === undefined || sourceLine === undefined) return undefined;
  const number = `${line} | `;
  // Tabs stay tabs, so that the caret stands below its character.
  const indent = sourceLine.slice(0, (column ?? 1) - 1).replace(/[^\t]/g, " ");
  const caret = html`${`${" ".repeat(number.length - 2)}| ${indent}`}<mark>^</mark>`;
  const place = cell === undefined ? `line ${line}` : `cell ${cell}, line ${line}`;
  return html`<div><p class="soft small">${place}${column === undefined ? "" : `, column ${column}`}</p><pre class="code">${number}${sourceLine}\n${caret}</pre></div>`;
}
