import { errorHistogramFigure } from "#analysis";
import { countText, shortText } from "#core";
import type { Charts } from "../chart.ts";
import type { ExportFact } from "../facts.ts";
import { type Html, html } from "../html.ts";
import { icon } from "../icon.ts";
import { hash, section } from "../section.ts";

const GROUPS = {
  training: "training rows",
  random: "random rows",
  prices: "raw price levels",
  extreme: "extreme rows",
  missing: "rows with gaps",
  edges: "rows at thresholds",
} as const;

/** Whether the exported model predicts what the trainer predicts. */
export function parity(fact: ExportFact, charts: Charts): Html {
  const { limit, rows, maxAbsolute, passed, groups, exactRows, histogram, batch, classErrors, unsteadyRows } =
    fact.parity;
  const text =
    `Absolute error of ${countText(rows)} predictions, trainer against ONNX: ${countText(exactRows)} without any, ` +
    `the largest ${shortText(maxAbsolute)}, the tolerance ${shortText(limit)}.`;
  const box = charts.add(errorHistogramFigure(exactRows, histogram, limit), { text, height: 150 });
  const batched = batch.equalRows === batch.rows;
  return section(
    "Model parity",
    html`${hash(fact.hash)} ${fact.inputs.join(", ")}`,
    html`${box}<p class="soft small">rows by absolute error, trainer against ONNX</p><table class="after"><tbody>${[
      row(
        "Largest error",
        shortText(maxAbsolute),
        `tolerance ${shortText(limit)}`,
        passed ? "inside" : "outside",
        passed,
      ),
      groups.map(({ name, rows: count, maxAbsolute: largest }) =>
        row(
          `on ${countText(count)} ${GROUPS[name]}`,
          shortText(largest),
          "",
          passed || largest <= limit ? "inside" : "outside",
          passed || largest <= limit,
        ),
      ),
      classErrors === undefined
        ? ""
        : row(
            "Rows of another class",
            countText(classErrors),
            "",
            classErrors === 0 ? "none" : "look",
            classErrors === 0,
          ),
      unsteadyRows > 0
        ? row("Unsteady rows far outside", countText(unsteadyRows), "", "not judged", true)
        : "",
      row(
        "Batch against single row",
        `${countText(batch.equalRows)} of ${countText(batch.rows)}`,
        "bit for bit",
        batched ? "equal" : "run row by row",
        batched,
      ),
    ]}</tbody></table>`,
  );
}

function row(name: string, value: string, against: string, word: string, isFine: boolean): Html {
  return html`<tr><td>${name}</td><td class="right">${value}</td><td class="soft">${against}</td><td class="right">${icon(isFine ? "check" : "look", isFine ? "ok" : "look")} ${word}</td></tr>`;
}
