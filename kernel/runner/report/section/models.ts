import { type Html, html } from "../html.ts";
import { columns, type ReportContext } from "../section.ts";
import { parity } from "./parity.ts";
import { training } from "./training.ts";

/** The nets that were trained and the models that were exported, side by side in the order of the run. */
export function models({ facts: { trainings, exports }, charts }: ReportContext): Html {
  const count = Math.max(trainings.length, exports.length);
  return html`${Array.from({ length: count }, (_, i) => {
    const [trained, exported] = [trainings[i], exports[i]];
    return columns(trained && training(trained, charts), exported && parity(exported, charts));
  })}`;
}
