import { createHash } from "node:crypto";
import { basename } from "node:path";
import { countText } from "#core";
import { formatNotebook } from "#notebook";
import { packageVersion } from "../../package-version.ts";
import { type Html, type HtmlValue, html } from "../html.ts";
import { hash, type ReportContext } from "../section.ts";

/** A bundle that was compiled from the run, and the journal of what it traded. */
export interface Promotion {
  readonly bundle: string;
  readonly signedBy: string;
  readonly journal?: string;
}

/** What the numbers came from, so that anyone can make them again. */
export function provenance({ run, facts, periods }: ReportContext, promoted?: Promotion): Html {
  const executed = createHash("sha256").update(formatNotebook(run.document)).digest("hex");
  const entries: (readonly [string, HtmlValue])[] = [
    ["Notebook", basename(run.notebookPath)],
    ["Executed notebook", html`${basename(run.outputPath)} ${hash(executed)}`],
    ...(run.recordHash === undefined ? [] : [["Run record", hash(run.recordHash)] as const]),
    ...(promoted ? [["Bundle", html`${hash(promoted.bundle)} signed by ${promoted.signedBy}`] as const] : []),
    ...(promoted?.journal === undefined ? [] : [["Journal", hash(promoted.journal)] as const]),
    ["Parameters set", pairs(run.parameters) || "none"],
    ...(periods
      ? [
          [
            `Strategy ${periods.main.backtest.strategy}`,
            pairs(periods.main.backtest.params) || "no parameters",
          ] as const,
        ]
      : []),
    ...facts.data.map(
      ({ symbol, timeframe, hash: version, rows }) =>
        [`Data ${symbol} ${timeframe}`, html`${hash(version)} ${countText(rows)} rows`] as const,
    ),
    ...facts.exports.map(
      ({ hash: model, inputs }) => ["Model", html`${hash(model)} fed by ${inputs.join(", ")}`] as const,
    ),
    ...seeds(facts),
    ["Engine", `tickbook ${packageVersion()}, Node ${process.versions.node}`],
  ];
  return html`<footer><h2>Provenance</h2><dl>${entries.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl></footer>`;
}

function pairs(values: Readonly<Record<string, unknown>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} ${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join(", ");
}

function seeds({ trainings, studies }: ReportContext["facts"]): (readonly [string, string])[] {
  const list = [
    ...trainings.map(({ label, seed }) => `training on ${label} ${seed}`),
    ...studies.map(({ method, seed }) => `${method} search ${seed}`),
  ];
  return list.length > 0 ? [["Seeds", list.join(", ")]] : [];
}
