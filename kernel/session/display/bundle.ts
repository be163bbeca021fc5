import { inspect } from "node:util";
import { countText } from "#core";
import type { MimeBundle } from "../ports.ts";
import { arrayText, tensorText } from "./numbers.ts";
import { isPlotlyFigure, plotlyBundle } from "./plotly.ts";
import { tableBundle, tableViewOf } from "./table.ts";

/** Objects with a method of this name show themselves: it returns a MIME bundle, or a promise of one. */
const DISPLAY = Symbol.for("Jupyter.display");
const TEXT_LENGTH_MAX = 100_000;
/** What Node hangs on promises while a session follows them: nothing of the user's. */
const PROMISE_MARKS = /,?\s*\[Symbol\((?:async_id_symbol|trigger_async_id_symbol|kResourceStore)\)\]: \d+/g;

/**
 * How a value is shown: by its own `Symbol.for("Jupyter.display")` method, as a Plotly figure, as a table, by a summary
 * of its numbers, else as text. Always has `text/plain`.
 */
export function bundleOf(value: unknown): MimeBundle | Promise<MimeBundle> {
  if (typeof value !== "object" || value === null) return textBundle(value);
  const show = (value as Record<symbol, unknown>)[DISPLAY];
  if (typeof show === "function") {
    const shown: unknown = show.call(value);
    return shown instanceof Promise
      ? shown.then((bundle) => withText(bundle, value))
      : withText(shown, value);
  }
  if (isPlotlyFigure(value)) return plotlyBundle(value);
  const text = arrayText(value) ?? tensorText(value);
  if (text !== undefined) return { "text/plain": text };
  const table = tableViewOf(value);
  return table ? tableBundle(table) : textBundle(value);
}

function withText(shown: unknown, value: unknown): MimeBundle {
  if (typeof shown !== "object" || shown === null) return textBundle(value);
  const bundle = shown as MimeBundle;
  return "text/plain" in bundle ? bundle : { ...bundle, "text/plain": Object.keys(bundle).join(", ") };
}

function textBundle(value: unknown): MimeBundle {
  const options = { depth: 4, maxArrayLength: 100, maxStringLength: 10_000, breakLength: 100 };
  const text = inspect(value, options).replace(PROMISE_MARKS, "");
  if (text.length <= TEXT_LENGTH_MAX) return { "text/plain": text };
  const rest = countText(text.length - TEXT_LENGTH_MAX);
  return { "text/plain": `${text.slice(0, TEXT_LENGTH_MAX)}\n... ${rest} more characters` };
}
