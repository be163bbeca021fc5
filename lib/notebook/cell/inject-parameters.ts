import { fail, parseTime, suggest } from "#core";
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
/** Words that cannot be declared by `let`. */
const RESERVED = new Set(
  (
    "arguments await break case catch class const continue debugger default delete do else enum eval export extends " +
    "false finally for function if implements import in instanceof interface let new null package private protected " +
    "public return static super switch this throw true try typeof var void while with yield"
  ).split(" "),
);

/** A notebook with its parameters set. */
export interface ParametrisedNotebook {
  readonly document: NotebookDocument;
  /** What the notebook declares. */
  readonly declared: readonly Parameter[];
  /** The values set, converted to the declared types. */
  readonly values: JsonObject;
  /** Names set though the notebook does not declare them; only with `allowUnknown`. */
  readonly unknown: readonly string[];
}

export interface InjectOptions {
  /** Names whose text is taken as it is, and never read as a number, a boolean or JSON. */
  readonly raw?: readonly string[];
  /** Sets names that the notebook does not declare as well; a text is read as JSON if it is JSON. */
  readonly allowUnknown?: boolean;
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
  { raw = [], allowUnknown = false }: InjectOptions = {},
): ParametrisedNotebook {
  const cells = document.cells.filter((cell) => !tagsOf(cell).includes(INJECTED));
  const at = declaringCell(cells);
  const declared = at < 0 ? [] : compiler.parseParameters(cells[at]!.source);
  const byName = new Map(declared.map((parameter) => [parameter.name, parameter]));
  const lines: string[] = [];
  const unknown: string[] = [];
  const converted: Record<string, JsonValue> = {};
  for (const [name, value] of Object.entries(values)) {
    const known = byName.get(name);
    if (!known && !allowUnknown) failUnknown(name, declared, at >= 0);
    if (!known) unknown.push(name);
    const isRaw = raw.includes(name);
    const read = known || isRaw ? value : readText(value);
    const parameter = known ?? undeclared(name, read);
    const fitted = fittedValue(parameter, read, isRaw || !known);
    converted[name] = fitted;
    lines.push(declarationOf(parameter, fitted));
  }
  if (lines.length > 0) cells.splice(at + 1, 0, injectedCell(lines, at + 1, cells));
  return { document: { ...document, cells }, declared, values: converted, unknown };
}

/** What a notebook declares in its cell tagged `parameters`, and that cell's id. Errors: `notebook.syntax-error`. */
export function declaredParameters(
  compiler: CellCompiler,
  { cells }: NotebookDocument,
): { readonly parameters: readonly Parameter[]; readonly cellId?: string } {
  const cell = cells[declaringCell(cells)];
  return cell ? { parameters: compiler.parseParameters(cell.source), cellId: cell.id } : { parameters: [] };
}

function declaringCell(cells: readonly NotebookCell[]): number {
  return cells.findIndex((cell) => cell.cell_type === "code" && tagsOf(cell).includes(DECLARED));
}

/** Parameters as lines for people: name, type, default and description. */
export function parameterLines(declared: readonly Parameter[]): string[] {
  return declared.map((parameter) => {
    const { name, type, annotation, default: value, description } = parameter;
    const usual = value === undefined ? "" : ` = ${JSON.stringify(value)}`;
    return `${name}: ${annotation ?? type}${usual}${description ? `  // ${description}` : ""}`;
  });
}

function declarationOf({ name, type, annotation }: Parameter, value: JsonValue): string {
  if (type === "date") return `let ${name}: Date = new Date(${JSON.stringify(value)});`;
  const written = annotation ?? (type === "json" || type === "choice" ? undefined : type);
  return `let ${name}${written ? `: ${written}` : ""} = ${literalText(value)};`;
}

/** A name that the cells can use, with the type of what it is given. */
function undeclared(name: string, value: unknown): Parameter {
  if (!/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name) || RESERVED.has(name)) {
    fail("runner.bad-parameter", {
      message: `"${name}" cannot be the name of a parameter`,
      hint: "Use letters, digits and _, and start with a letter.",
      fields: { name },
    });
  }
  const kind = typeof value;
  return { name, type: kind === "number" || kind === "string" || kind === "boolean" ? kind : "json" };
}

function readText(value: unknown): unknown {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
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

function failUnknown(name: string, declared: readonly Parameter[], hasCell: boolean): never {
  const known = declared.map((parameter) => parameter.name);
  const near = suggest(name, known);
  fail("runner.unknown-parameter", {
    message: hasCell
      ? `the notebook has no parameter "${name}"`
      : `the parameter "${name}" cannot be set: the notebook has no cell tagged "parameters"`,
    hint: hasCell
      ? `${near ? `Did you mean "${near}"? ` : ""}${listText(declared)}`
      : 'Give the cell that declares the parameters the tag "parameters" (in JupyterLab: property inspector, Cell Tags).',
    fields: { name, known, declared },
  });
}

function listText(declared: readonly Parameter[]): string {
  if (declared.length === 0) return "Its cell tagged parameters declares none.";
  return `The notebook declares:\n${parameterLines(declared)
    .map((line) => `    ${line}`)
    .join("\n")}`;
}

/** @param isRaw a text is that text, whatever it may look like. */
function fittedValue(parameter: Parameter, value: unknown, isRaw: boolean): JsonValue {
  const isText = typeof value === "string";
  switch (parameter.type) {
    case "string":
      return isText ? value : failUnfit(parameter, value);
    case "number": {
      const number = isText && !isRaw && value.trim() !== "" ? Number(value) : value;
      return typeof number === "number" && Number.isFinite(number) ? number : failUnfit(parameter, value);
    }
    case "boolean":
      if (value === true || (value === "true" && !isRaw)) return true;
      return value === false || (value === "false" && !isRaw) ? false : failUnfit(parameter, value);
    case "choice": {
      const choice = parameter.choices?.find((one) => one === value || (!isRaw && String(one) === value));
      return choice ?? failUnfit(parameter, value);
    }
    case "date":
      return isText && isTime(value) ? value : failUnfit(parameter, value);
    case "json":
      return isText && !isRaw ? jsonFrom(parameter, value) : jsonValue(parameter, value);
  }
}

function isTime(text: string): boolean {
  try {
    return Number.isFinite(parseTime(text)) && !Number.isNaN(Date.parse(text));
  } catch {
    return false;
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
  const { name, type } = parameter;
  const shown = typeof value === "string" ? JSON.stringify(value) : String(value);
  const how =
    type === "json"
      ? 'Write it as JSON, such as \'["BTC/USDT", "ETH/USDT"]\' or \'{"depth": 3}\'.'
      : type === "date"
        ? "Write it as 2024-03-09 or 2024-03-09T14:30:00Z."
        : undefined;
  fail("runner.bad-parameter", {
    message: `the parameter "${name}" is ${kindText(parameter)}, and ${shown} is not`,
    hint: [...(how ? [how] : []), `It is declared as\n    ${parameterLines([parameter])[0]}`].join("\n  "),
    fields: { name, type, value: shown, declared: [parameter] },
  });
}

function kindText({ type, annotation, choices = [] }: Parameter): string {
  if (type === "json") return `a JSON value (${annotation ?? "any"})`;
  return type === "choice" ? `one of ${choices.map((one) => JSON.stringify(one)).join(", ")}` : `a ${type}`;
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
