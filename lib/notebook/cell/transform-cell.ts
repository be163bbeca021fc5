import type { Program } from "oxc-parser";
import { javascriptFrom } from "./javascript.ts";
import { type Position, positionAt } from "./positions.ts";
import { rewriteForRepl } from "./rewrite.ts";
import type { Vendors } from "./vendors.ts";

/** A cell ready for V8's REPL mode. */
export interface CellCode {
  readonly code: string;
  /** The cell's TypeScript, as written. */
  readonly source: string;
  /** From a place in `code` to the place in the cell's TypeScript. */
  readonly originalPosition: (at: Position) => Position | undefined;
}

/** The decoded form that magic-string gives: for each line, [column, source, line, column], all from 0. */
type DecodedLines = readonly (readonly (readonly number[])[])[];

/** Errors: `notebook.syntax-error` with `cell`, `line`, `column`, `sourceLine`. */
export function transformCell(vendors: Vendors, source: string, cellNumber: number): CellCode {
  const parse = (text: string) => vendors.parseSync("source.ts", text, { lang: "ts", sourceType: "module" });
  const brace = objectLiteralStart(source, parse);
  const typescript = brace === undefined ? source : `${source.slice(0, brace)}(${source.slice(brace)}\n)`;
  const place = { name: `cell ${cellNumber}`, cell: cellNumber };
  const plain = javascriptFrom(vendors, typescript, place, { keepUnusedImports: true });
  const text = new vendors.MagicString(plain.code);
  const { program } = vendors.parseSync("source.js", plain.code, { lang: "js", sourceType: "module" });
  rewriteForRepl(text, program, cellNumber);
  if (!endsInValue(parse(typescript).program)) text.append("\nvoid 0;");
  const lines: DecodedLines = text.generateDecodedMap({ hires: true }).mappings;
  return {
    code: text.toString(),
    source,
    originalPosition(at) {
      const rewritten = before(lines, at);
      const found = rewritten && plain.originalPosition(rewritten);
      return found && brace !== undefined ? withoutParenthesis(found, positionAt(source, brace)) : found;
    },
  };
}

/**
 * Where the `{` stands of a cell that is one object literal, such as `{ a: 1 }`; JavaScript alone would read a block
 * with a label.
 */
export function objectLiteralStart(
  source: string,
  parse: (text: string) => { readonly program: Program; readonly errors: readonly unknown[] },
): number | undefined {
  const lead = /^(?:\s|\/\/[^\n]*\n|\/\*(?:(?!\*\/)[\s\S])*\*\/)*(?=\{)/.exec(source);
  if (!lead) return undefined;
  const start = lead[0].length;
  const { program, errors } = parse(`${source.slice(0, start)}(${source.slice(start)}\n)`);
  const [only] = program.body;
  const isObject =
    errors.length === 0 &&
    program.body.length === 1 &&
    only?.type === "ExpressionStatement" &&
    only.expression.type === "ParenthesizedExpression" &&
    only.expression.expression.type === "ObjectExpression";
  return isObject ? start : undefined;
}

/** A cell shows its last statement if that is an expression, as in other notebooks; declarations show nothing. */
function endsInValue(program: Program): boolean {
  const last = program.body.findLast(
    ({ type }) =>
      type !== "EmptyStatement" && type !== "TSInterfaceDeclaration" && type !== "TSTypeAliasDeclaration",
  );
  if (last?.type === "ExpressionStatement") return true;
  if (last?.type !== "ExportDefaultDeclaration") return false;
  return !(
    "id" in last.declaration &&
    last.declaration.id !== null &&
    last.declaration.type.endsWith("Declaration")
  );
}

/** The last mapped place at or before `at` on its line. */
function before(lines: DecodedLines, at: Position): Position | undefined {
  const segments = lines[at.line - 1] ?? [];
  const segment = segments.findLast(([column]) => column! <= at.column - 1);
  return segment?.[2] === undefined ? undefined : { line: segment[2] + 1, column: segment[3]! + 1 };
}

function withoutParenthesis(at: Position, brace: Position): Position {
  const isBehind = at.line === brace.line && at.column > brace.column;
  return isBehind ? { line: at.line, column: at.column - 1 } : at;
}
