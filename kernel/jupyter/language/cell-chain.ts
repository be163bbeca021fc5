/**
 * Cells as TypeScript modules, so that the types of earlier cells reach the later ones:
 *
 *   import { a, b } from "./cell-3";   one line: what this cell uses and the latest cell before it declares
 *   ...the cell, as written...
 *   export { c, d };                   what it declares and does not export itself
 *
 * One module a cell and not one for all: a later cell may declare a name again, and an edit leaves the others as they
 * are. The compiler's own parser reads the cells, because it goes on after an error, as people type.
 */
import type { BindingName, Identifier, Node, SourceFile, Statement } from "typescript";

type TypeScript = typeof import("typescript");

export interface ChainCell {
  /** Name of its module, without folder and ending. */
  readonly name: string;
  readonly source: string;
}

/** A cell's module. The cell stands in `text` from `start` on. */
export interface ChainModule {
  readonly name: string;
  readonly text: string;
  readonly start: number;
}

interface CellNames {
  readonly declared: ReadonlySet<string>;
  readonly exported: ReadonlySet<string>;
  readonly used: ReadonlySet<string>;
}

/** Makes modules of one list of cells as it changes; remembers what it read the last time. */
export class CellChain {
  readonly #ts: TypeScript;
  #names: ReadonlyMap<string, CellNames> = new Map();

  constructor(ts: TypeScript) {
    this.#ts = ts;
  }

  /** @param cells in the order in which they run. @param seesAll names of cells that may name anything declared before. */
  modules(cells: readonly ChainCell[], seesAll: ReadonlySet<string> = new Set()): ChainModule[] {
    const declaredBy = new Map<string, string>();
    const read = new Map<string, CellNames>();
    const modules = cells.map(({ name, source }) => {
      const names = read.get(source) ?? this.#names.get(source) ?? readNames(this.#ts, source);
      read.set(source, names);
      const { declared, exported, used } = names;
      const wanted = [...declaredBy].filter(
        ([each]) => !declared.has(each) && (seesAll.has(name) || used.has(each)),
      );
      const header = `${importsOf(wanted)}\n`;
      const own = [...declared].filter((each) => !exported.has(each));
      for (const each of declared) declaredBy.set(each, name);
      return { name, text: `${header}${source}\nexport { ${own.join(", ")} };\n`, start: header.length };
    });
    this.#names = read;
    return modules;
  }
}

function importsOf(wanted: readonly (readonly [name: string, cell: string])[]): string {
  const byCell = new Map<string, string[]>();
  for (const [name, cell] of wanted) byCell.set(cell, [...(byCell.get(cell) ?? []), name]);
  return [...byCell].map(([cell, names]) => `import { ${names.join(", ")} } from "./${cell}";`).join(" ");
}

function readNames(ts: TypeScript, source: string): CellNames {
  const file = ts.createSourceFile("cell.ts", source, ts.ScriptTarget.ESNext, false, ts.ScriptKind.TS);
  const declared = new Set<string>();
  const exported = new Set<string>();
  for (const statement of file.statements) {
    const names = declaredIn(ts, statement);
    for (const name of names) declared.add(name);
    if (isExported(ts, statement)) for (const name of names) exported.add(name);
    if (
      ts.isExportDeclaration(statement) &&
      statement.exportClause &&
      ts.isNamedExports(statement.exportClause)
    )
      for (const { name } of statement.exportClause.elements) exported.add(name.text);
  }
  return { declared, exported, used: identifiersIn(ts, file) };
}

function isExported(ts: TypeScript, statement: Statement): boolean {
  if (!ts.canHaveModifiers(statement)) return false;
  const kinds = ts.getModifiers(statement)?.map(({ kind }) => kind) ?? [];
  return kinds.includes(ts.SyntaxKind.ExportKeyword) && !kinds.includes(ts.SyntaxKind.DefaultKeyword);
}

function declaredIn(ts: TypeScript, statement: Statement): string[] {
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.flatMap(({ name }) => boundIn(ts, name));
  if (ts.isImportDeclaration(statement)) {
    const { name, namedBindings } = statement.importClause ?? {};
    const bound =
      namedBindings === undefined
        ? []
        : ts.isNamespaceImport(namedBindings)
          ? [namedBindings.name]
          : namedBindings.elements.map((element) => element.name);
    return [...(name ? [name] : []), ...bound].map(({ text }) => text);
  }
  const { name } = statement as Statement & { readonly name?: Node };
  return name && ts.isIdentifier(name) && name.text !== "" ? [name.text] : [];
}

function boundIn(ts: TypeScript, name: BindingName): string[] {
  if (ts.isIdentifier(name)) return name.text === "" ? [] : [name.text];
  return name.elements.flatMap((element) =>
    ts.isOmittedExpression(element) ? [] : boundIn(ts, element.name),
  );
}

function identifiersIn(ts: TypeScript, file: SourceFile): Set<string> {
  const found = new Set<string>();
  const visit = (node: Node): void => {
    if (ts.isIdentifier(node)) found.add((node as Identifier).text);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}
