import { isJsonMime } from "./parse.ts";
import type { JsonObject, JsonValue, NotebookCell, NotebookDocument, NotebookOutput } from "./types.ts";

/** Texts of cells by the cell itself, which never changes: a run writes its notebook after every one of them. */
const known = new WeakMap<NotebookCell, string>();

/**
 * The text of an .ipynb file, laid out as Jupyter lays it out (keys sorted, one space of indent, texts as lists of
 * lines, a newline at the end), so that saving in JupyterLab afterwards changes nothing but what the user changed.
 */
export function formatNotebook(document: NotebookDocument): string {
  const { metadata, nbformat, nbformat_minor } = document;
  // The cells' texts go where an empty list would stand; their names come before those of the rest.
  const root = JSON.stringify(sorted({ cells: [], metadata, nbformat, nbformat_minor }), null, 1);
  const cells = document.cells.map(cellText);
  if (cells.length === 0) return `${root}\n`;
  return `${root.replace("[]", () => `[\n  ${cells.join(",\n  ")}\n ]`)}\n`;
}

/** As it stands two levels deep. */
function cellText(cell: NotebookCell): string {
  let text = known.get(cell);
  if (text === undefined) {
    // A line break is one of the layout: those of texts are escaped.
    text = JSON.stringify(sorted(cellJson(cell)), null, 1).replaceAll("\n", "\n  ");
    known.set(cell, text);
  }
  return text;
}

function cellJson(cell: NotebookCell): JsonObject {
  const source = linesOf(cell.source);
  return cell.cell_type === "code"
    ? { ...cell, source, outputs: cell.outputs.map(outputJson) }
    : { ...cell, source };
}

function outputJson(output: NotebookOutput): JsonObject {
  if (output.output_type === "stream") return { ...output, text: linesOf(output.text) };
  if (output.output_type === "error") return { ...output };
  const data = Object.entries(output.data).map(([mime, content]) => [
    mime,
    typeof content === "string" && isSplitMime(mime) ? linesOf(content) : content,
  ]);
  return { ...output, data: Object.fromEntries(data) };
}

/** Jupyter splits texts into lines for readable diffs, and leaves encoded bytes in one piece. */
function isSplitMime(mime: string): boolean {
  if (isJsonMime(mime)) return false;
  return mime.startsWith("text/") || mime === "application/javascript" || mime === "image/svg+xml";
}

function linesOf(text: string): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function sorted(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value as JsonObject).filter((entry) => entry[1] !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, content]) => [name, sorted(content as JsonValue)]));
}
