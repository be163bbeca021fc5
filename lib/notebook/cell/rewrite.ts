import type MagicString from "magic-string";
import type {
  Class,
  ExportDefaultDeclaration,
  ExportNamedDeclaration,
  Function as FunctionNode,
  ImportDeclaration,
  Node,
  Program,
  VariableDeclaration,
} from "oxc-parser";
import { frozenCallOf } from "./frozen-call.ts";
import { boundNames, walk } from "./walk.ts";

/** The globals that rewritten code calls. A session provides them. */
export const IMPORT_NAME = "__import";
export const IMPORT_META_NAME = "__importMeta";
export const FROZEN_AS_NAME = "__frozenAs";

type ImportedFrom = Pick<ImportDeclaration, "source" | "attributes">;

/**
 * Turns a module's JavaScript into a script for V8's REPL mode, in place:
 * - `import` becomes `let {...} = await __import(...)`, in front; `import()` becomes `__import()`;
 * - `const`, `class` and `function` of the top level become `let`, which a later cell may declare again (V8 allows
 *   let after let, but no other pair); functions go to the front, because they are hoisted;
 * - `var` (also inside blocks, where oxc puts it for enums and `using`) becomes an assignment to a `let` in front;
 * - `export` goes, and what was exported stays;
 * - a call that is the whole initialiser of a top-level `const` tells its function the name of the const and the
 *   cell, if that function is `freeze`: `const best = f(x)` becomes `let best = f(x, ...__frozenAs(f, "best", 7))`. What `f` is
 *   only shows when it runs, because a name may have been bound in any earlier cell.
 */
export function rewriteForRepl(text: MagicString, program: Program, cellNumber: number): void {
  new ReplRewriter(text, program, cellNumber).run();
}

class ReplRewriter {
  private readonly text: MagicString;
  private readonly program: Program;
  private readonly cellNumber: number;
  /** Names of `var`, declared together in front. */
  private readonly hoisted = new Set<string>();
  /** Names that stand where a value does: an import among them must exist at run time, and is not a mere type. */
  private readonly used = new Set<string>();
  private readonly imports: ImportDeclaration[] = [];
  private readonly functions: FunctionNode[] = [];

  constructor(text: MagicString, program: Program, cellNumber: number) {
    this.text = text;
    this.program = program;
    this.cellNumber = cellNumber;
  }

  run(): void {
    for (const statement of this.program.body) this.collect(statement, true);
    for (const statement of this.program.body) this.statement(statement);
    this.bringToFront();
    const lets = this.hoisted.size > 0 ? `let ${[...this.hoisted].join(", ")};` : "";
    // `void 0` ends the directives, so that "use strict" is never what the cell evaluates to.
    this.text.prepend(`"use strict";void 0;${lets}`);
  }

  /** Imports and functions run first; those in front already stay. */
  private bringToFront(): void {
    let front = 0;
    for (const statement of this.program.body) {
      if (statement.type !== "ImportDeclaration") break;
      front = statement.end;
    }
    for (const { start, end } of [...this.imports, ...this.functions]) {
      if (start > front) this.text.move(start, end, front);
    }
  }

  private statement(statement: Node): void {
    const { text } = this;
    switch (statement.type) {
      case "ImportDeclaration":
        text.overwrite(statement.start, statement.end, this.importText(statement));
        this.imports.push(statement);
        return;
      case "ExportAllDeclaration":
        text.overwrite(statement.start, statement.end, `await ${importCall(statement)};`);
        return;
      case "ExportNamedDeclaration":
        this.namedExport(statement);
        return;
      case "ExportDefaultDeclaration":
        this.defaultExport(statement);
        return;
      case "VariableDeclaration":
        if (statement.kind === "const") this.constants(statement);
        return;
      case "ClassDeclaration":
        this.classDeclaration(statement);
        return;
      case "FunctionDeclaration":
        this.functionDeclaration(statement);
        return;
      default:
    }
  }

  private constants(node: VariableDeclaration): void {
    this.text.overwrite(node.start, node.start + "const".length, "let");
    for (const declarator of node.declarations) {
      const call = frozenCallOf(declarator);
      if (!call) continue;
      const { binding, callee, end } = call;
      const place = `${JSON.stringify(binding)}, ${this.cellNumber}`;
      this.text.appendLeft(end, `, ...${FROZEN_AS_NAME}(${callee}, ${place})`);
    }
  }

  private namedExport(statement: ExportNamedDeclaration): void {
    if (statement.declaration) {
      this.text.remove(statement.start, statement.declaration.start);
      this.statement(statement.declaration);
    } else if (statement.source) {
      const from = { source: statement.source, attributes: statement.attributes };
      this.text.overwrite(statement.start, statement.end, `await ${importCall(from)};`);
    } else this.text.remove(statement.start, statement.end);
  }

  private defaultExport({ start, declaration }: ExportDefaultDeclaration): void {
    const isNamed = "id" in declaration && declaration.id !== null;
    if (isNamed && (declaration.type === "FunctionDeclaration" || declaration.type === "ClassDeclaration")) {
      this.text.remove(start, declaration.start);
      this.statement(declaration);
      return;
    }
    this.text.overwrite(start, declaration.start, "(");
    this.text.appendLeft(declaration.end, ");");
  }

  /** The class keeps its name: its own body may use it before the outer one is set. */
  private classDeclaration(node: Class): void {
    this.text.prependRight(node.start, `let ${node.id?.name} = `);
    this.text.appendLeft(node.end, ";");
  }

  /** The function loses its name and takes that of the `let`, so that it calls itself through the outer name. */
  private functionDeclaration(node: FunctionNode): void {
    if (!node.id) return;
    this.text.prependRight(node.start, `let ${node.id.name} = `);
    this.text.remove(node.id.start, node.id.end);
    this.text.appendLeft(node.end, ";");
    this.functions.push(node);
  }

  /** Gathers names and rewrites what may stand anywhere. `isOuter` is true outside functions. */
  private collect(root: Node, isOuter: boolean): void {
    walk(root, (node) => {
      switch (node.type) {
        case "ImportDeclaration":
          return false;
        case "ImportExpression":
          this.text.overwrite(node.start, node.start + "import".length, IMPORT_NAME);
          return true;
        case "MetaProperty":
          if (node.meta.name === "import") this.text.overwrite(node.start, node.end, IMPORT_META_NAME);
          return false;
        case "Identifier":
          this.used.add(node.name);
          return true;
        case "MemberExpression":
          if (!node.computed) {
            this.collect(node.object, isOuter);
            return false;
          }
          return true;
        case "Property":
          if (!node.computed) {
            this.collect(node.value, isOuter);
            return false;
          }
          return true;
        case "VariableDeclaration":
          if (isOuter && node.kind === "var") this.assignment(node, true);
          return true;
        case "ForInStatement":
        case "ForOfStatement":
          if (isOuter && node.left.type === "VariableDeclaration" && node.left.kind === "var") {
            this.loopVariable(node.left);
            this.collect(node.right, isOuter);
            this.collect(node.body, isOuter);
            return false;
          }
          return true;
        case "ForStatement":
          if (isOuter && node.init?.type === "VariableDeclaration" && node.init.kind === "var") {
            this.assignment(node.init, false);
            for (const part of [...node.init.declarations, node.test, node.update, node.body]) {
              if (part) this.collect(part, isOuter);
            }
            return false;
          }
          return true;
        default:
          if (!isOuter || !isVarScope(node)) return true;
          for (const value of Object.values(node)) {
            for (const part of Array.isArray(value) ? value : [value]) {
              if (typeof part === "object" && part !== null && "type" in part)
                this.collect(part as Node, false);
            }
          }
          return false;
      }
    });
  }

  /** `var a = 1, b, {c} = d;` becomes `(a = 1), ({c} = d);`. */
  private assignment(node: VariableDeclaration, isStatement: boolean): void {
    const { text } = this;
    let from = node.start;
    let isFirst = true;
    for (const { id, init, start, end } of node.declarations) {
      for (const name of boundNames(id)) this.hoisted.add(name);
      if (init) {
        text.overwrite(from, start, isFirst ? "(" : ", (");
        text.appendLeft(end, ")");
        isFirst = false;
      } else text.remove(from, end);
      from = end;
    }
    if (isStatement && isFirst) text.appendLeft(from, "void 0");
  }

  private loopVariable(node: VariableDeclaration): void {
    const [declarator] = node.declarations;
    if (!declarator) return;
    for (const name of boundNames(declarator.id)) this.hoisted.add(name);
    this.text.remove(node.start, declarator.start);
  }

  private importText(node: ImportDeclaration): string {
    const picked: string[] = [];
    const required: string[] = [];
    let space: string | undefined;
    for (const specifier of node.specifiers) {
      const local = specifier.local.name;
      if (specifier.type === "ImportNamespaceSpecifier") {
        space = local;
        continue;
      }
      const name = specifier.type === "ImportDefaultSpecifier" ? "default" : exportName(specifier.imported);
      picked.push(`${JSON.stringify(name)}: ${local}`);
      if (this.used.has(local)) required.push(name);
    }
    const call = `await ${importCall(node, required)}`;
    if (space)
      return `let ${space} = ${call};${picked.length > 0 ? ` let {${picked.join(", ")}} = ${space};` : ""}`;
    return picked.length > 0 ? `let {${picked.join(", ")}} = ${call};` : `${call};`;
  }
}

/** True where `var` belongs to the node itself. */
function isVarScope(node: Node): boolean {
  switch (node.type) {
    case "FunctionDeclaration":
    case "FunctionExpression":
    case "ArrowFunctionExpression":
    case "StaticBlock":
      return true;
    default:
      return false;
  }
}

function exportName(node: { readonly name: string } | { readonly value: string }): string {
  return "name" in node ? node.name : node.value;
}

/** `__import(specifier, options, names that must be there)`. */
function importCall({ source, attributes }: ImportedFrom, required: readonly string[] = []): string {
  const entries = attributes.map(({ key, value }) => [exportName(key), value.value]);
  const options = entries.length > 0 ? JSON.stringify({ with: Object.fromEntries(entries) }) : "undefined";
  const names = required.length > 0 ? `, ${JSON.stringify(required)}` : "";
  const tail = names === "" && options === "undefined" ? "" : `, ${options}${names}`;
  return `${IMPORT_NAME}(${JSON.stringify(source.value)}${tail})`;
}
