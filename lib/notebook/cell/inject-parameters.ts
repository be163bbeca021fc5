import { fail, suggest } from "#core";
import { newCellId } from "../document/cell-id.ts";
import {
  type JsonObject,
  type JsonValue,
  type NotebookCell,
  type NotebookDocument,
  tagsOf,
} from "../document/types.ts";
import type { CellCompiler } from "./compiler.ts";
import type { Parameter } from "./parse-parameters.ts";

const DECLARED = "parameters";
const INJECTED = "injected-parameters";

/** A notebook with its parameters set. */
export interface ParametrisedNotebook {
  readonly document: NotebookDocument;
  /** What the notebook declares. */
  readonly declared: readonly Parameter[];
  /** The values set, converted to the declared types. */
  readonly values: JsonObject;
}

/**
 * Sets parameters the way papermill does: the first cell tagged `parameters` declares them with their defaults, and a
 * cell tagged `injected-parameters` right behind it sets `values`. The injected cell of an earlier run goes.
 * A text for a parameter of another type is read as that type, so that values may come from a command line.
 * Errors: `runner.unknown-parameter`, `runner.bad-parameter`, `notebook.syntax-error`.
 */
export function injectParameters(
  compiler: CellCompiler,
  document: NotebookDocument,
  values: Readonly<Record<string, unknown>>,
): ParametrisedNotebook {
  const cells = document.cells.filter((cell) => !tagsOf(cell).includes(INJECTED));
  const at = cells.findIndex((cell) => cell.cell_type === "code" && tagsOf(cell).includes(DECLARED));
  const declared = at < 0 ? [] : compiler.parseParameters(cells[at]!.source);
  const byName = new Map(declared.map((parameter) => [parameter.name, parameter]));
  const lines: string[] = [];
  const converted: Record<string, JsonValue> = {};
  for (const [name, value] of Object.entries(values)) {
    const parameter = byName.get(name) ?? failUnknown(name, [...byName.keys()], at >= 0);
    const fitted = fittedValue(parameter, value);
    converted[name] = fitted;
    const type = parameter.annotation ?? (parameter.type === "json" ? undefined : parameter.type);
    lines.push(`let ${name}${type ? `: ${type}` : ""} = ${literalText(fitted)};`);
  }
  if (lines.length > 0) cells.splice(at + 1, 0, injectedCell(lines, at + 1, cells));
  return { document: { ...document, cells }, declared, values: converted };
}

function injectedCell(lines: readonly string[], index: number, cells: readonly NotebookCell[]): NotebookCell {
  const source = ["// Parameters", ...lines].join("\n");
  return {
    cell_type: "code",
    id: newCellId(source, index, new Set(cells.map(({ id }) => id))),
    metadata: { tags: [INJECTED] },
    source,
    execution_count: null,
    outputs: [],
  };
}

function failUnknown(name: string, known: readonly string[], hasCell: boolean): never {
  const near = suggest(name, known);
  const hint = hasCell
    ? `${near ? `Did you mean "${near}"? ` : ""}The notebook declares: ${known.join(", ") || "none"}.`
    : 'Give the cell that declares the parameters the tag "parameters" (in JupyterLab: property inspector, Cell Tags).';
  fail("runner.unknown-parameter", {
    message: hasCell
      ? `the notebook has no parameter "${name}"`
      : `the parameter "${name}" cannot be set: the notebook has no cell tagged "parameters"`,
    hint,
    fields: { name, known },
  });
}

function fittedValue(parameter: Parameter, value: unknown): JsonValue {
  const isText = typeof value === "string";
  switch (parameter.type) {
    case "string":
      return isText ? value : failUnfit(parameter, value);
    case "number": {
      const number = isText && value.trim() !== "" ? Number(value) : value;
      return typeof number === "number" && Number.isFinite(number) ? number : failUnfit(parameter, value);
    }
    case "boolean":
      if (value === true || value === "true") return true;
      return value === false || value === "false" ? false : failUnfit(parameter, value);
    case "json":
      return isText ? jsonFrom(parameter, value) : jsonValue(parameter, value);
  }
}

function jsonFrom(parameter: Parameter, text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return failUnfit(parameter, text);
  }
}

/** Refuses what JSON would lose or change: NaN, functions, dates, undefined. */
function jsonValue(parameter: Parameter, value: unknown): JsonValue {
  const isKept = (part: unknown): boolean => {
    if (part === null || typeof part === "string" || typeof part === "boolean") return true;
    if (typeof part === "number") return Number.isFinite(part);
    if (Array.isArray(part)) return part.every(isKept);
    if (typeof part !== "object") return false;
    const isPlain = [Object.prototype, null].includes(Object.getPrototypeOf(part));
    return isPlain && Object.values(part).every(isKept);
  };
  return isKept(value) ? (value as JsonValue) : failUnfit(parameter, value);
}

function failUnfit(parameter: Parameter, value: unknown): never {
  const { name, type, annotation } = parameter;
  const shown = typeof value === "string" ? JSON.stringify(value) : String(value);
  fail("runner.bad-parameter", {
    message: `the parameter "${name}" is a ${type === "json" ? `JSON value (${annotation ?? "any"})` : type}, and ${shown} is not`,
    ...(type === "json"
      ? { hint: 'Write it as JSON, such as \'["BTC/USDT", "ETH/USDT"]\' or \'{"depth": 3}\'.' }
      : {}),
    fields: { name, type, value: shown },
  });
}

/** A JavaScript expression with exactly this value: JSON text loses -0, and its key `__proto__` sets the prototype. */
function literalText(value: JsonValue): string {
  if (Object.is(value, -0)) return "-0";
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(literalText).join(", ")}]`;
  const entries = Object.entries(value).map(([name, content]) => {
    const key = JSON.stringify(name);
    return `${name === "__proto__" ? `[${key}]` : key}: ${literalText(content ?? null)}`;
  });
  return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
}
