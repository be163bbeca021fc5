import { isJsonMime } from "./parse.ts";
import type { JsonObject, JsonValue, NotebookCell, NotebookDocument, NotebookOutput } from "./types.ts";

/**
 * The text of an .ipynb file, laid out as Jupyter lays it out (keys sorted, one space of indent, texts as lists of
 * lines, a newline at the end), so that saving in JupyterLab afterwards changes nothing but what the user changed.
 */
export function formatNotebook(document: NotebookDocument): string {
  const { metadata, nbformat, nbformat_minor } = document;
  const root = { cells: document.cells.map(cellJson), metadata, nbformat, nbformat_minor };
  return `${JSON.stringify(sorted(root), null, 1)}\n`;
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
