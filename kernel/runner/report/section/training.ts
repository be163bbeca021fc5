import { lossFigure } from "#analysis";
import { countText, numberText, percentText, spanText } from "#core";
import type { ClassMetrics } from "#ml";
import type { Charts } from "../chart.ts";
import type { TrainingFact } from "../facts.ts";
import { type Html, html } from "../html.ts";
import { section, table } from "../section.ts";

const ROWS: readonly (readonly [string, (metrics: ClassMetrics) => string])[] = [
  ["AUC", ({ auc }) => numberText(auc, 3)],
  ["Log loss", ({ logLoss }) => numberText(logLoss, 4)],
  ["Accuracy", ({ accuracy }) => percentText(accuracy)],
  ["Base rate", ({ baseRate }) => percentText(baseRate)],
  ["Rows", ({ rows }) => countText(rows)],
];

export function training(fact: TrainingFact, charts: Charts): Html {
  const { sizes, weights, label, loss, bestEpoch, epochs, metrics, dropped, backend, library, seed } = fact;
  const held = metrics.validation;
  const best = (values: readonly number[]) => numberText(values[bestEpoch - 1] ?? Number.NaN, 4);
  const text =
    `Log loss by epoch: at the kept epoch ${bestEpoch} of ${epochs}, ${best(loss.train)} on the rows trained on` +
    `${loss.validation.length > 0 ? ` and ${best(loss.validation)} on those held back` : ""}.`;
  const figure = lossFigure(loss.train, loss.validation, bestEpoch);
  const rows = ROWS.map(
    ([name, show]) =>
      html`<tr><td>${name}</td><td class="right">${show(metrics.train)}</td><td class="right">${held ? show(held) : "–"}</td></tr>`,
  );
  const head = html`<th></th><th class="right" scope="col">Trained on</th><th class="right" scope="col">Held back</th>`;
  return section(
    "Training",
    `${sizes.join("-")}, ${countText(weights)} weights, log loss by epoch`,
    html`${charts.add(figure, { text, height: 220 })}${table("", head, html`<tbody>${rows}</tbody>`)}<p class="soft small after">${label}, ${spanText(fact.from, fact.to)}. Epoch ${bestEpoch} of ${epochs} kept. Left out: ${countText(dropped.missing)} rows of warm-up, ${countText(dropped.purged + fact.purged)} whose label looks ahead. ${library} on ${backend}, seed ${seed}.${fact.backendNote ? ` ${fact.backendNote}` : ""}</p>`,
  );
}
