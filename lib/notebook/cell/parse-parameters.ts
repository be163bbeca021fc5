import type { Comment, Expression, TSType, VariableDeclarator } from "oxc-parser";
import type { JsonValue } from "../document/types.ts";
import { javascriptFrom } from "./javascript.ts";
import type { Vendors } from "./vendors.ts";

/** `choice`: one of the literals of a union; `date`: an instant, held as ISO text; `json`: any other value. */
export type ParameterType = "number" | "string" | "boolean" | "choice" | "date" | "json";

/** One declaration of the cell tagged `parameters`: `const fast: number = 12 // bars of the fast average`. */
export interface Parameter {
  readonly name: string;
  readonly type: ParameterType;
  /** The annotation as written, if there is one. */
  readonly annotation?: string;
  /** The values of a `choice`, in the order of the union. */
  readonly choices?: readonly (string | number | boolean)[];
  /** Missing when the initial value is computed. */
  readonly default?: JsonValue;
  /** The comment behind it on its line, else the comment lines above it. */
  readonly description?: string;
}

/** Errors: `notebook.syntax-error`. */
export function parseParameters(vendors: Vendors, source: string): Parameter[] {
  // Only for its clear errors: what follows reads the TypeScript itself.
  javascriptFrom(vendors, source, { name: "the parameters cell" }, { keepUnusedImports: true });
  const { program, comments } = vendors.parseSync("source.ts", source, { lang: "ts", sourceType: "module" });
  return program.body.flatMap((statement) => {
    const declaration = statement.type === "ExportNamedDeclaration" ? statement.declaration : statement;
    if (declaration?.type !== "VariableDeclaration") return [];
    return declaration.declarations.flatMap((declarator) =>
      parameterFrom(source, declarator, statement, comments),
    );
  });
}

function parameterFrom(
  source: string,
  { id, init }: VariableDeclarator,
  statement: { readonly start: number; readonly end: number },
  comments: readonly Comment[],
): Parameter[] {
  if (id.type !== "Identifier") return [];
  const written = id.typeAnnotation?.typeAnnotation;
  const annotation = written && source.slice(written.start, written.end);
  const date = init ? dateText(init) : undefined;
  const value = date ?? (init ? literalValue(init) : undefined);
  const choices = written && choicesOf(written);
  const isDate = annotation === "Date" || (annotation === undefined && date !== undefined);
  const description =
    commentBehind(source, statement.end, comments) ?? commentAbove(source, statement.start, comments);
  return [
    {
      name: id.name,
      type: choices ? "choice" : isDate ? "date" : typeOf(annotation, value),
      ...(annotation === undefined ? {} : { annotation }),
      ...(choices ? { choices } : {}),
      ...(value === undefined ? {} : { default: value }),
      ...(description ? { description } : {}),
    },
  ];
}

/** The literals of a union such as `"long" | "short"`; undefined for any other type. */
function choicesOf(type: TSType): (string | number | boolean)[] | undefined {
  if (type.type !== "TSUnionType") return undefined;
  const values = type.types.map((part) => {
    const value = part.type === "TSLiteralType" ? literalValue(part.literal) : undefined;
    return typeof value === "object" ? undefined : value;
  });
  return values.includes(undefined) ? undefined : (values as (string | number | boolean)[]);
}

/** The text in `new Date("2024-01-01")`. */
function dateText(node: Expression): string | undefined {
  if (node.type !== "NewExpression" || node.callee.type !== "Identifier" || node.callee.name !== "Date")
    return undefined;
  const [argument] = node.arguments;
  return argument?.type === "Literal" && typeof argument.value === "string" ? argument.value : undefined;
}

/** The annotation decides; a union of literals, or no annotation, leaves it to the value. */
function typeOf(annotation: string | undefined, value: JsonValue | undefined): ParameterType {
  if (annotation === "number" || annotation === "string" || annotation === "boolean") return annotation;
  const kind = typeof value;
  return kind === "number" || kind === "string" || kind === "boolean" ? kind : "json";
}

/** The value of an expression made of literals only; undefined when it has to be computed. */
function literalValue(node: Expression): JsonValue | undefined {
  switch (node.type) {
    case "Literal":
      return typeof node.value === "bigint" || node.value instanceof RegExp ? undefined : node.value;
    case "TemplateLiteral":
      return node.expressions.length === 0 ? (node.quasis[0]?.value.cooked ?? undefined) : undefined;
    case "UnaryExpression": {
      const operand = literalValue(node.argument);
      if (typeof operand !== "number") return undefined;
      return node.operator === "-" ? -operand : node.operator === "+" ? operand : undefined;
    }
    case "ParenthesizedExpression":
    case "TSAsExpression":
    case "TSSatisfiesExpression":
      return literalValue(node.expression);
    case "ArrayExpression": {
      const items = node.elements.map((item) =>
        item === null || item.type === "SpreadElement" ? undefined : literalValue(item),
      );
      return items.includes(undefined) ? undefined : (items as JsonValue[]);
    }
    case "ObjectExpression": {
      const entries = node.properties.map((property) => {
        if (property.type === "SpreadElement" || property.computed) return undefined;
        const { key } = property;
        const name =
          key.type === "Identifier" ? key.name : key.type === "Literal" ? String(key.value) : undefined;
        const value = literalValue(property.value);
        return name === undefined || value === undefined ? undefined : ([name, value] as const);
      });
      return entries.includes(undefined) ? undefined : Object.fromEntries(entries as [string, JsonValue][]);
    }
    default:
      return undefined;
  }
}

function commentBehind(source: string, end: number, comments: readonly Comment[]): string | undefined {
  const comment = comments.find(({ start }) => start >= end && /^[ \t;]*$/.test(source.slice(end, start)));
  return comment && cleanComment(comment);
}

function commentAbove(source: string, start: number, comments: readonly Comment[]): string | undefined {
  const lines: string[] = [];
  let top = start;
  for (const comment of comments.toReversed()) {
    if (comment.end > top) continue;
    const startsLine = /(^|\n)[ \t]*$/.test(source.slice(0, comment.start));
    if (!startsLine || !/^[ \t]*\r?\n?[ \t]*$/.test(source.slice(comment.end, top))) break;
    lines.unshift(cleanComment(comment));
    top = comment.start;
  }
  return lines.length > 0 ? lines.join(" ") : undefined;
}

function cleanComment({ value }: Comment): string {
  return value
    .split("\n")
    .map((line) => line.replace(/^\s*\*?\s?/, "").trim())
    .filter((line) => line !== "")
    .join(" ");
}
