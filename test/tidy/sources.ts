import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import ts from "typescript";

export const ROOT = resolve(import.meta.dirname, "../..");

export interface ImportLine {
  readonly specifier: string;
  /** Erased by the compiler: costs nothing and pulls nothing in. */
  readonly isTypeOnly: boolean;
  /** `await import(...)`: loaded when it is needed. */
  readonly isLazy: boolean;
}

export interface Source {
  /** From the root of the repository, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly ast: ts.SourceFile;
  readonly imports: readonly ImportLine[];
}

/** Every file that git tracks or would track. */
export function trackedFiles(): string[] {
  const list = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
    cwd: ROOT,
    encoding: "utf8",
  });
  return list
    .split("\n")
    .filter((path) => path !== "" && existsSync(join(ROOT, path)) && statSync(join(ROOT, path)).isFile());
}

const LAB = "kernel/lab/";

/** The product's TypeScript, without tests, benches and the JupyterLab extension. */
export function productSources(): Source[] {
  return trackedFiles()
    .filter((path) => /^(kernel|lib|features|optimize|exports)\/.*\.ts$/.test(path) && !path.startsWith(LAB))
    .map(readSource);
}

/** The JupyterLab extension's: it runs in the browser, and has packages of its own. */
export function labSources(): Source[] {
  return trackedFiles()
    .filter((path) => path.startsWith(LAB) && /\.tsx?$/.test(path))
    .map(readSource);
}

export function readSource(path: string): Source {
  const text = readFileSync(join(ROOT, path), "utf8");
  const ast = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  return { path, text, ast, imports: importsOf(ast) };
}

function importsOf(ast: ts.SourceFile): ImportLine[] {
  const found: ImportLine[] = [];
  const visit = (node: ts.Node): void => {
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier) {
      const specifier = (node.moduleSpecifier as ts.StringLiteral).text;
      found.push({ specifier, isTypeOnly: isErased(node), isLazy: false });
    }
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [argument] = node.arguments;
      if (argument && ts.isStringLiteral(argument))
        found.push({ specifier: argument.text, isTypeOnly: false, isLazy: true });
    }
    if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      const { literal } = node.argument;
      if (ts.isStringLiteral(literal))
        found.push({ specifier: literal.text, isTypeOnly: true, isLazy: false });
    }
    ts.forEachChild(node, visit);
  };
  visit(ast);
  return found;
}

function isErased(node: ts.ImportDeclaration | ts.ExportDeclaration): boolean {
  if (ts.isExportDeclaration(node)) return node.isTypeOnly;
  const clause = node.importClause;
  if (!clause) return false;
  const named = clause.namedBindings;
  const onlyTypes =
    !clause.name &&
    named &&
    ts.isNamedImports(named) &&
    named.elements.every((element) => element.isTypeOnly);
  return clause.isTypeOnly || Boolean(onlyTypes);
}

/** Room of a file: "lib/engine", "features", "kernel/session". */
export function roomOf(path: string): string {
  const parts = path.split("/");
  return parts[0] === "lib" || parts[0] === "kernel" ? parts.slice(0, 2).join("/") : parts[0]!;
}

/** Path of a relative import, from the root of the repository. */
export function resolveRelative(from: string, specifier: string): string {
  return relative(ROOT, resolve(ROOT, dirname(from), specifier)).replaceAll("\\", "/");
}
