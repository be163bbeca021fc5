import { lossFigure } from "#analysis";
import { countText, numberText, percentText, spanText } from "#core";
import type { TrainingFact } from "#session";
import type { Charts } from "../chart.ts";
import { type Html, html } from "../html.ts";
import { section, table } from "../section.ts";

/** Metrics by name, as they are written; those that a model has not are left out. */
const ROWS: readonly (readonly [name: string, title: string, text: (value: number) => string])[] = [
  ["auc", "AUC", (value) => numberText(value, 3)],
  ["logLoss", "Log loss", (value) => numberText(value, 4)],
  ["accuracy", "Accuracy", percentText],
  ["baseRate", "Base rate", percentText],
  ["mse", "Mean square error", (value) => numberText(value, 6)],
  ["rmse", "Root mean square error", (value) => numberText(value, 6)],
  ["r2", "R²", (value) => numberText(value, 4)],
  ["correlation", "Correlation", (value) => numberText(value, 4)],
  ["pinball", "Pinball loss", (value) => numberText(value, 6)],
  ["ndcg", "NDCG", (value) => numberText(value, 4)],
  ["error", "Reconstruction error", (value) => numberText(value, 4)],
  ["rows", "Rows", countText],
];

export function training(fact: TrainingFact, charts: Charts): Html {
  const { summary, size, label, loss, best, steps, step, metrics, dropped, library, seed } = fact;
  const held = metrics.validation;
  const at = (values: readonly number[]) => numberText(values[best - 1] ?? Number.NaN, 4);
  const text =
    `Loss by ${step}: at the kept ${step} ${best} of ${steps}, ${at(loss.train)} on the rows trained on` +
    `${loss.validation.length > 0 ? ` and ${at(loss.validation)} on those held back` : ""}.`;
  const figure = lossFigure(loss.train, loss.validation, best, step);
  const show = (
    values: Readonly<Record<string, number>> | undefined,
    name: string,
    as: (value: number) => string,
  ) => (values?.[name] === undefined ? "–" : as(values[name]));
  const rows = ROWS.filter(([name]) => metrics.train?.[name] !== undefined).map(
    ([name, title, as]) =>
      html`<tr><td>${title}</td><td class="right">${show(metrics.train, name, as)}</td><td class="right">${show(held, name, as)}</td></tr>`,
  );
  const head = html`<th></th><th class="right" scope="col">Trained on</th><th class="right" scope="col">Held back</th>`;
  return section(
    "Training",
    `${summary}, ${size}, loss by ${step}`,
    html`${charts.add(figure, { text, height: 220 })}${table("", head, html`<tbody>${rows}</tbody>`)}<p class="soft small after">${label}, ${spanText(fact.from, fact.to)}. ${step === "epoch" ? "Epoch" : "Round"} ${best} of ${steps} kept. Left out: ${countText(dropped.missing)} rows of warm-up, ${countText(dropped.purged + fact.purged)} whose label looks ahead. ${library}, seed ${seed}.${fact.note ? ` ${fact.note}` : ""}</p>`,
  );
}
