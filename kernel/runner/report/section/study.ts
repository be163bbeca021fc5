import { studyFigure } from "#analysis";
import { countText, numberText, shortText, spanText } from "#core";
import type { Params } from "#model";
import type { StudyMethod } from "#optimize";
import type { StudyFact } from "../facts.ts";
import { countOf, durationText, sentenceCase } from "../format.ts";
import { type Html, html } from "../html.ts";
import { gridSlice, medianOf, nearestTrials, numberAxes, trialAt } from "../neighbours.ts";
import { type ReportContext, section, table } from "../section.ts";
import { gridTable } from "./study-grid.ts";

const METHODS: Readonly<Record<StudyMethod, string>> = {
  grid: "grid",
  genetic: "genetic",
  bayesian: "Bayesian (TPE)",
};

const OBJECTIVES: Readonly<Record<string, string>> = {
  sharpe: "Sharpe",
  sortino: "Sortino",
  calmar: "Calmar",
  totalReturn: "Return",
};

/** The studies of the strategy that the report is about: one as a picture, all as a table. */
export function study({ facts, periods, charts }: ReportContext): Html | undefined {
  const last = facts.studies.at(-1);
  if (!last) return undefined;
  const strategy = periods?.main.backtest.strategy ?? last.strategy;
  const own = facts.studies.filter((each) => each.strategy === strategy);
  if (own.length === 0) return undefined;
  // Values of different objectives can't be compared.
  const comparable = own.filter(({ objective }) => objective === own.at(-1)!.objective);
  const best = comparable.reduce((a, b) => (b.best.value > a.best.value ? b : a));
  const used = periods?.main.backtest.params;
  const params = used ?? best.best.params;
  const tried = comparable.filter((each) => trialAt(each, params));
  const pictured = tried.find(({ method }) => method === "grid") ?? tried[0] ?? best;
  const picture = pictureOf(pictured, params, used ? "Used" : "Best", charts);
  const note = `${objectiveName(pictured)}, ${METHODS[pictured.method]}, ${spanText(pictured.from, pictured.to)}`;
  return section("Parameter study", note, html`${picture}${methodsTable(own)}`);
}

function pictureOf(study: StudyFact, params: Params, word: string, charts: ReportContext["charts"]): Html {
  const slice = study.method === "grid" ? gridSlice(study, params) : undefined;
  if (slice) {
    return html`${gridTable(slice)}<p class="after">${word}: ${pointText(study, params, "framed")} ${aroundText(slice.neighbours)}</p>`;
  }
  const isBest = trialAt(study, params)?.value === study.best.value;
  const values = nearestTrials(study, params).map(({ value }) => value);
  const near = html`<p class="after">${word}: ${pointText(study, params, isBest ? "ringed" : "")} ${aroundText(values)}</p>`;
  const [x, y] = numberAxes(study);
  if (x === undefined) return near;
  const complete = study.trials.filter(({ state }) => state === "complete");
  const points = complete.map((trial) => ({
    x: Number(trial.params[x]),
    y: y === undefined ? trial.value : Number(trial.params[y]),
    value: trial.value,
  }));
  const names = { x, y: y ?? objectiveName(study), value: objectiveName(study) };
  const { best } = study;
  const text =
    `${objectiveName(study)} of ${countOf(complete.length, "trial")} over ${y === undefined ? x : `${x} and ${y}`}; the best, ${numberText(best.value)}, ` +
    `at ${paramsText(best.params)} (ringed).`;
  return html`${charts.add(studyFigure(points, names), { text, height: 320 })}${near}`;
}

function pointText(study: StudyFact, params: Params, mark: string): Html {
  const own = trialAt(study, params)?.value;
  const value = own === undefined ? "" : `, ${objectiveName(study)} ${numberText(own)}`;
  return html`<b>${paramsText(params)}</b>${mark ? ` (${mark})` : ""}${value}.`;
}

function aroundText(neighbours: readonly number[]): string {
  if (neighbours.length === 0) return "";
  const count = `${countOf(neighbours.length, "neighbour")} ${neighbours.length === 1 ? "has" : "have"}`;
  return `Its ${count} a median of ${numberText(medianOf(neighbours))} and a lowest of ${numberText(Math.min(...neighbours))}.`;
}

/** One of ours in words, or the name of the notebook's own function. */
function objectiveName({ objective }: StudyFact): string {
  return Object.hasOwn(OBJECTIVES, objective) ? OBJECTIVES[objective]! : objective;
}

function paramsText(params: Params): string {
  return Object.entries(params)
    .map(([name, value]) => `${name} ${typeof value === "number" ? shortText(value, 4) : String(value)}`)
    .join(", ");
}

function methodsTable(studies: readonly StudyFact[]): Html {
  const rows = studies.map((study) => {
    const { method, trials, best, seconds } = study;
    const values = trials.filter(({ state }) => state === "complete").map(({ value }) => value);
    const top = values.sort((a, b) => b - a).slice(0, 10);
    return html`<tr><td>${sentenceCase(METHODS[method])}</td><td class="right">${countText(trials.length)}</td><td>${objectiveName(study)}</td><td class="right">${numberText(best.value)}</td><td class="right">${numberText(medianOf(top))}</td><td class="right">${durationText(seconds)}</td></tr>`;
  });
  const head = html`<th scope="col">Method</th><th class="right" scope="col">Trials</th><th scope="col">Objective</th><th class="right" scope="col">Best</th><th class="right" scope="col">Median of top 10</th><th class="right" scope="col">Time</th>`;
  return html`<div class="after">${table("quiet", head, html`<tbody>${rows}</tbody>`)}</div>`;
}
