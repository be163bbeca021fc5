import { fail } from "#core";
import { newCellId } from "./cell-id.ts";
import type { JsonObject, NotebookCell, NotebookDocument, NotebookOutput } from "./types.ts";

/** Where a part of the file stands, for messages: the file's name and a path such as `cells[3].source`. */
interface Place {
  readonly file: string;
  readonly path: string;
}

/**
 * Reads the text of an .ipynb file. Accepts nbformat 4.0 and later; ids that are missing, malformed or repeated are
 * made anew from the cell's text and place. Fields that the format does not define are dropped, except in metadata.
 * @param file name used in messages.
 * Errors: `notebook.not-json`, `notebook.not-a-notebook`, `notebook.unsupported-version`.
 */
export function parseNotebook(text: string, file = "notebook"): NotebookDocument {
  const root = parseJson(text, file);
  const place = { file, path: "" };
  if (!isObject(root)) refuse(place, "is not a JSON object");
  checkVersion(root, file);
  if (!Array.isArray(root.cells)) refuse({ file, path: "cells" }, "is not a list");
  const taken = new Set<string>();
  const cells = (root.cells as unknown[]).map((cell, index) => {
    const parsed = cellFrom(cell, index, taken, { file, path: `cells[${index}]` });
    taken.add(parsed.id);
    return parsed;
  });
  return {
    nbformat: 4,
    nbformat_minor: Math.max(5, Number(root.nbformat_minor) || 0),
    metadata: objectFrom(root.metadata ?? {}, { file, path: "metadata" }),
    cells,
  };
}

function parseJson(text: string, file: string): unknown {
  const plain = text.startsWith("\uFEFF") ? text.slice(1) : text;
  try {
    return JSON.parse(plain);
  } catch (cause) {
    const mended = withoutNaN(plain);
    if (mended !== plain) return parseJson(mended, file);
    const seen = text.trim() === "" ? "it is empty" : cause instanceof Error ? cause.message : String(cause);
    fail("notebook.not-json", {
      message: `${file} is not a notebook: ${seen}`,
      hint: "A notebook is a JSON file that JupyterLab writes. Merge conflicts and half-written files look like this.",
      fields: { file },
      cause,
    });
  }
}

/** Python's JSON has NaN and infinities, which are no JSON: they stand in the metadata of some notebooks. */
function withoutNaN(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g, (part) =>
    part[0] === '"' ? part : "null",
  );
}

function checkVersion(root: JsonObject, file: string): void {
  if (root.nbformat === undefined && root.cells === undefined) {
    refuse({ file, path: "" }, 'has neither "nbformat" nor "cells"');
  }
  if (root.nbformat === 4) return;
  fail("notebook.unsupported-version", {
    message: `${file} has notebook format ${JSON.stringify(root.nbformat)}; tickbook reads format 4`,
    hint: "Open and save it in JupyterLab 3 or later, which writes format 4.",
    fields: { file, nbformat: root.nbformat },
  });
}

function cellFrom(value: unknown, index: number, taken: ReadonlySet<string>, place: Place): NotebookCell {
  const cell = objectFrom(value, place);
  const kind = cell.cell_type;
  const source = textFrom(cell.source ?? "", inside(place, "source"));
  const known = typeof cell.id === "string" && /^[\w-]{1,64}$/.test(cell.id) && !taken.has(cell.id);
  const id = known ? String(cell.id) : newCellId(source, index, taken);
  const metadata = objectFrom(cell.metadata ?? {}, inside(place, "metadata"));
  if (kind === "markdown" || kind === "raw") {
    if (cell.attachments === undefined) return { cell_type: kind, id, metadata, source };
    const attachments = objectFrom(cell.attachments, inside(place, "attachments"));
    return { cell_type: kind, id, metadata, source, attachments };
  }
  if (kind !== "code")
    refuse(inside(place, "cell_type"), `is ${JSON.stringify(kind)}, not code, markdown or raw`);
  const outputs = cell.outputs ?? [];
  if (!Array.isArray(outputs)) refuse(inside(place, "outputs"), "is not a list");
  return {
    cell_type: "code",
    id,
    metadata,
    source,
    execution_count: countFrom(cell.execution_count),
    outputs: outputs.map((output, i) => outputFrom(output, inside(place, `outputs[${i}]`))),
  };
}

function outputFrom(value: unknown, place: Place): NotebookOutput {
  const output = objectFrom(value, place);
  switch (output.output_type) {
    case "stream":
      return {
        output_type: "stream",
        name: output.name === "stderr" ? "stderr" : "stdout",
        text: textFrom(output.text ?? "", inside(place, "text")),
      };
    case "display_data":
      return { output_type: "display_data", ...bundleFrom(output, place) };
    case "execute_result":
      return {
        output_type: "execute_result",
        execution_count: countFrom(output.execution_count),
        ...bundleFrom(output, place),
      };
    case "error":
      return {
        output_type: "error",
        ename: String(output.ename ?? "Error"),
        evalue: String(output.evalue ?? ""),
        traceback: Array.isArray(output.traceback) ? output.traceback.map(String) : [],
      };
    default:
      return refuse(
        inside(place, "output_type"),
        `is ${JSON.stringify(output.output_type)}, not stream, display_data, execute_result or error`,
      );
  }
}

function bundleFrom(output: JsonObject, place: Place): { data: JsonObject; metadata: JsonObject } {
  const data = objectFrom(output.data ?? {}, inside(place, "data"));
  const joined = Object.entries(data).map(([mime, content]) => [
    mime,
    isTextLines(content) && !isJsonMime(mime) ? content.join("") : content,
  ]);
  return {
    data: Object.fromEntries(joined),
    metadata: objectFrom(output.metadata ?? {}, inside(place, "metadata")),
  };
}

/** True for MIME types whose content is a JSON value, never a text split into lines. */
export function isJsonMime(mime: string): boolean {
  return mime === "application/json" || mime.endsWith("+json");
}

function textFrom(value: unknown, place: Place): string {
  if (typeof value === "string") return value;
  return isTextLines(value) ? value.join("") : refuse(place, "is neither a text nor a list of lines");
}

function isTextLines(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((line) => typeof line === "string");
}

function countFrom(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}

function objectFrom(value: unknown, place: Place): JsonObject {
  return isObject(value) ? value : refuse(place, "is not an object");
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function inside(place: Place, name: string): Place {
  return { file: place.file, path: place.path === "" ? name : `${place.path}.${name}` };
}

function refuse({ file, path }: Place, problem: string): never {
  return fail("notebook.not-a-notebook", {
    message: `${file} is not a notebook: ${path === "" ? "it" : path} ${problem}`,
    hint: "Check that this is the file you meant, and that JupyterLab opens it.",
    fields: { file, path },
  });
}
