import type { Node } from "oxc-parser";
import { boundNames, walk } from "./walk.ts";

/** A function on the way from the top level to where the walk stands. */
export interface Frame {
  /** A handler of a strategy, by its name: onBar, onBars, onFill. What it declares lives for one call. */
  readonly isHandler: boolean;
  /** Given straight to a method such as `map`, which has called it for the last time when it returns. */
  readonly isCallback: boolean;
  readonly isConstructor: boolean;
  /** Has the `this` of what is around it. */
  readonly isArrow: boolean;
}

interface Scope {
  readonly names: ReadonlySet<string>;
  /** Functions around it. */
  readonly depth: number;
  /** Names that stand for a part of something outside the unit: `const list = memory.list`. */
  readonly aliases: Map<string, string>;
}

/** The names that are bound inside the unit being walked. */
export class Scopes {
  readonly frames: Frame[] = [];
  private readonly scopes: Scope[] = [];

  inBlock(names: Iterable<string>, run: () => void): void {
    this.scopes.push({ names: new Set(names), depth: this.frames.length, aliases: new Map() });
    run();
    this.scopes.pop();
  }

  inFunction(frame: Frame, names: Iterable<string>, run: () => void): void {
    this.frames.push(frame);
    this.inBlock(names, run);
    this.frames.pop();
  }

  isLocal(name: string): boolean {
    return this.scopes.some(({ names }) => names.has(name));
  }

  /** Says that local names stand for a part of what `root` names. */
  alias(names: readonly string[], root: string): void {
    const outer = this.outerName(root);
    if (this.isLocal(outer)) return;
    for (const name of names) this.scopeOf(name)?.aliases.set(name, outer);
  }

  /** What a name stands for: itself, or what it is an alias of. */
  outerName(name: string): string {
    return this.scopeOf(name)?.aliases.get(name) ?? name;
  }

  private scopeOf(name: string): Scope | undefined {
    return this.scopes.findLast(({ names }) => names.has(name));
  }

  /** True for a name that the outermost function binds itself, in its parameters or by `var`. */
  isOfOutermost(name: string): boolean {
    return this.scopeOf(name) === this.scopes.find(({ depth }) => depth === 1);
  }

  /** True if a write to this local name can outlive the call that declared it, and so is memory. */
  isCaptured(name: string): boolean {
    const scope = this.scopeOf(name);
    if (!scope) return false;
    const isOfHandler = this.frames.slice(0, scope.depth).some(({ isHandler }) => isHandler);
    return !isOfHandler && this.frames.slice(scope.depth).some(({ isCallback }) => !isCallback);
  }

  /** True where `this` is that of a constructor. */
  isConstructing(): boolean {
    return this.frames.findLast(({ isArrow }) => !isArrow)?.isConstructor ?? false;
  }
}

/** The names that the statements of a block bind in it. */
export function blockNames(statements: readonly Node[]): string[] {
  return statements.flatMap((statement) => {
    const node =
      statement.type === "ExportNamedDeclaration" && statement.declaration
        ? statement.declaration
        : statement;
    switch (node.type) {
      case "VariableDeclaration":
        return node.declarations.flatMap(({ id }) => boundNames(id));
      case "FunctionDeclaration":
      case "TSDeclareFunction":
      case "ClassDeclaration":
      case "TSEnumDeclaration":
      case "TSTypeAliasDeclaration":
      case "TSInterfaceDeclaration":
      case "TSModuleDeclaration":
        return node.id?.type === "Identifier" ? [node.id.name] : [];
      default:
        return [];
    }
  });
}

/** The names of `var` inside a node, functions left out: they belong to the function around it, or to the top level. */
export function varNames(root: Node): string[] {
  const names: string[] = [];
  walk(root, (node) => {
    if (node !== root && isFunction(node)) return false;
    if (node.type === "VariableDeclaration" && node.kind === "var") {
      names.push(...node.declarations.flatMap(({ id }) => boundNames(id)));
    }
    return true;
  });
  return names;
}

export function isFunction(node: Node): boolean {
  return (
    node.type === "FunctionDeclaration" ||
    node.type === "FunctionExpression" ||
    node.type === "ArrowFunctionExpression" ||
    node.type === "StaticBlock"
  );
}
