import {
  deflatedSharpe,
  expectedBestSharpe,
  type SharpeEstimate,
  sharpeError,
  sharpeInterval,
} from "#analysis";
import type { BacktestResult } from "#backtest";
import { countText, numberText, percentText } from "#core";
import type { ReportFacts, StudyFact } from "../facts.ts";
import { type Html, html } from "../html.ts";
import { icon } from "../icon.ts";
import type { Periods } from "../periods.ts";

/** Fewer trades than this say little by themselves. */
const FEW_TRADES = 30;

/** What a search for parameters leaves of its result. */
export interface Search {
  readonly trials: number;
  /** Yearly; NaN without a backtest over the span searched on. */
  readonly expectedBest: number;
  /** Whether it comes from the trials' own Sharpe ratios, which only studies that looked for it hold. */
  readonly isMeasured: boolean;
  /** Of the used parameters over the span searched on; NaN without a backtest there. */
  readonly found: number;
  readonly deflated: number;
}

/** What the search for parameters and the length of the test leave of the result. */
export function luck({ studies }: ReportFacts, { main, all }: Periods): Html {
  const { backtest, name } = main;
  const { own, search } = searchOf({ studies }, { main, all });
  const rows: (readonly [string, string, string])[] = [];
  if (search) {
    const { trials, expectedBest, isMeasured, found, deflated } = search;
    rows.push(
      ["Different trials behind these parameters", "", countText(trials)],
      [
        `Best Sharpe to expect from ${countText(trials)} trials without skill`,
        isMeasured ? "" : "trials taken as independent",
        numberText(expectedBest),
      ],
      ["Sharpe found, tuned span", "", numberText(found)],
      ["Deflated Sharpe", "probability that it is above luck", numberText(deflated)],
    );
    if (name === "Out of sample") {
      rows.push(["Lost from tuned to out of sample", "", lostText(found, backtest.performance.sharpe)]);
    }
  }
  const { estimate, yearly } = perBar(backtest);
  const [low, high] = sharpeInterval(estimate).map((bound) => numberText(bound * yearly, 1));
  rows.push([`95 % interval of the ${spanName(main.name)} Sharpe`, "", `${low} to ${high}`]);
  return html`<aside><h3>How much of this is luck?</h3><dl class="facts">${rows.map(
    ([label, note, value]) =>
      html`<dt>${label}${note ? html` <span class="soft small">${note}</span>` : ""}</dt><dd${label === "Deflated Sharpe" ? html` class="strong"` : ""}>${value}</dd>`,
  )}</dl>${warningTexts(main.name, backtest, own, search).map(
    (text) => html`<p class="callout">${icon("look", "look")}<span>${text}</span></p>`,
  )}</aside>`;
}

/** The studies of the main backtest's strategy, and what they leave of it; no search without a study. */
export function searchOf(
  { studies }: Pick<ReportFacts, "studies">,
  { main, all }: Pick<Periods, "main" | "all">,
): { readonly own: readonly StudyFact[]; readonly search: Search | undefined } {
  const own = studies.filter(({ strategy }) => strategy === main.backtest.strategy);
  const tuned = all.find((period) => period.name === "Tuned")?.backtest;
  return { own, search: own.length > 0 ? judgeSearch(own, tuned) : undefined };
}

function spanName(name: string): string {
  return name === "Out of sample" ? "out-of-sample" : "backtest's";
}

function judgeSearch(studies: readonly StudyFact[], tuned: BacktestResult | undefined): Search {
  const different = new Set(
    studies.flatMap(({ trials }) => trials.map(({ params }) => JSON.stringify(params))),
  );
  const trials = different.size;
  const measured = varianceOf(sharpeValues(studies));
  const isMeasured = Number.isFinite(measured);
  if (!tuned)
    return { trials, isMeasured, expectedBest: Number.NaN, found: Number.NaN, deflated: Number.NaN };
  const { estimate, yearly } = perBar(tuned);
  // A strategy without skill has a Sharpe ratio of 0, and its estimate this variance, whatever the trials were.
  const variance = isMeasured ? measured / yearly ** 2 : sharpeError({ ...estimate, sharpe: 0 }) ** 2;
  return {
    trials,
    isMeasured,
    expectedBest: expectedBestSharpe(trials, variance) * yearly,
    found: tuned.performance.sharpe,
    deflated: deflatedSharpe(estimate, trials, variance),
  };
}

/** Yearly Sharpe ratios of the different trials of the studies that looked for it. */
function sharpeValues(studies: readonly StudyFact[]): number[] {
  const trials = studies.filter(({ objective }) => objective === "sharpe").flatMap((study) => study.trials);
  const complete = trials.filter(({ state }) => state === "complete");
  return [...new Map(complete.map(({ params, value }) => [JSON.stringify(params), value])).values()];
}

/** With n - 1; NaN for fewer than 2 values. */
function varianceOf(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return (
    values.reduce((sum, value) => sum + (value - mean) ** 2, 0) /
    (values.length > 1 ? values.length - 1 : Number.NaN)
  );
}

/** The Sharpe ratio per bar, and what makes it yearly: the root of the bars a year. */
function perBar({ performance, barsPerYear }: BacktestResult): { estimate: SharpeEstimate; yearly: number } {
  const yearly = Math.sqrt(barsPerYear);
  return { estimate: { ...performance, sharpe: performance.sharpe / yearly }, yearly };
}

function lostText(tuned: number, out: number): string {
  if (out >= tuned) return "nothing";
  return percentText(tuned > 0 ? 1 - out / tuned : Number.NaN, 0);
}

/** What to be wary of, a sentence each. */
export function warningTexts(
  name: string,
  { trades }: BacktestResult,
  own: readonly StudyFact[],
  search: Search | undefined,
): string[] {
  const closed = trades.filter(({ closedAt }) => closedAt !== undefined).length;
  const list: string[] = [];
  if (closed < FEW_TRADES) {
    const what = name === "Out of sample" ? "out-of-sample " : "";
    list.push(
      `${closed === 0 ? "No" : countText(closed)} ${what}${closed === 1 ? "trade is" : "trades are"} few.`,
    );
  }
  if (name !== "Out of sample" && own.length > 0) {
    list.push(
      "The last backtest overlaps the span that the parameters were searched on: it shows nothing out of sample.",
    );
  }
  if (search && Number.isNaN(search.found)) {
    list.push("To see the deflated Sharpe, backtest these parameters over the tuned span too.");
  }
  return list;
}
