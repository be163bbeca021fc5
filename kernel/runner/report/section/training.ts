import { lossFigure } from "#analysis";
import type { ClassMetrics } from "#ml";
import type { Charts } from "../chart.ts";
import type { TrainingFact } from "../facts.ts";
import { countText, numberText, percentText, spanText } from "../format.ts";
import { type Html, html } from "../html.ts";
import { section, table } from "../section.ts";

const ROWS: readonly (readonly [string, (metrics: ClassMetrics) => string])[] = [
  ["AUC", ({ auc }) => numberText(auc, 3)],
  ["Log loss", ({ logLoss }) => numberText(logLoss, 4)],
  ["Accuracy", ({ accuracy }) => percentText(accuracy)],
  ["Base rate", ({ baseRate }) => percentText(baseRate)],
  ["Rows", ({ rows }) => countText(rows)],
];

interface LineLabel {
  readonly y?: number;
}

/** Labels nearer than this share of the axis are moved apart. */
const LABEL_SHARE = 0.12;

export function training(fact: TrainingFact, charts: Charts): Html {
  const { sizes, weights, label, loss, bestEpoch, epochs, metrics, dropped, backend, library, seed } = fact;
  const held = metrics.validation;
  const best = (values: readonly number[]) => numberText(values[bestEpoch - 1] ?? Number.NaN, 4);
  const text =
    `Log loss by epoch: at the kept epoch ${bestEpoch} of ${epochs}, ${best(loss.train)} on the rows trained on` +
    `${loss.validation.length > 0 ? ` and ${best(loss.validation)} on those held back` : ""}.`;
  const figure = lossFigure(loss.train, loss.validation, bestEpoch);
  const layout = {
    title: undefined,
    margin: { l: 48, r: 72, t: 8, b: 36 },
    annotations: partedLabels(figure.layout.annotations as readonly LineLabel[], [
      ...loss.train,
      ...loss.validation,
    ]),
  };
  const rows = ROWS.map(
    ([name, show]) =>
      html`<tr><td>${name}</td><td class="right">${show(metrics.train)}</td><td class="right">${held ? show(held) : "–"}</td></tr>`,
  );
  const head = html`<th></th><th class="right" scope="col">Trained on</th><th class="right" scope="col">Held back</th>`;
  return section(
    "Training",
    `${sizes.join("-")}, ${countText(weights)} weights, log loss by epoch`,
    html`${charts.add(figure, { text, height: 220, layout })}${table("", head, html`<tbody>${rows}</tbody>`)}<p class="soft small after">${label}, ${spanText(fact.from, fact.to)}. Epoch ${bestEpoch} of ${epochs} kept. Left out: ${countText(dropped.missing)} rows of warm-up, ${countText(dropped.purged + fact.purged)} whose label looks ahead. ${library} on ${backend}, seed ${seed}.${fact.backendNote ? ` ${fact.backendNote}` : ""}</p>`,
  );
}

/** The names of the two lines, the upper one above its end and the lower one below where they would meet. */
function partedLabels(labels: readonly LineLabel[], values: readonly number[]): readonly LineLabel[] {
  const ends = labels.map(({ y = Number.NaN }) => y);
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  if (high - low > LABEL_SHARE * (Math.max(...values) - Math.min(...values))) return labels;
  return labels.map((label) => ({ ...label, yanchor: label.y === high ? "bottom" : "top" }));
}
