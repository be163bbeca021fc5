import type { Declaration, ImportDeclaration, Node, Program, VariableDeclaration } from "oxc-parser";
import type { CodeFacts, CodeUnit } from "../graph/facts.ts";
import { NameCollector } from "./name-collector.ts";
import { positionAt } from "./positions.ts";
import { varNames } from "./scopes.ts";
import { failSyntax } from "./syntax-error.ts";
import { objectLiteralStart } from "./transform-cell.ts";
import type { Vendors } from "./vendors.ts";
import { boundNames, walk } from "./walk.ts";
import { rootOf } from "./writing-calls.ts";

/**
 * What a cell or a local module declares, uses and writes, unit by unit.
 * @param name shown in messages. Errors: `notebook.syntax-error`.
 */
export function codeFactsOf(vendors: Vendors, source: string, name: string): CodeFacts {
  const parse = (text: string) => vendors.parseSync("source.ts", text, { lang: "ts", sourceType: "module" });
  const brace = objectLiteralStart(source, parse);
  if (brace === undefined) {
    const { program, errors } = parse(source);
    const [error] = errors;
    if (error) failSyntax(source, positionAt(source, error.labels[0]?.start ?? 0), error.message, { name });
    return factsOf(program);
  }
  const facts = factsOf(parse(`${source.slice(0, brace)}(${source.slice(brace)}\n)`).program);
  return { ...facts, units: facts.units.map(withoutParenthesis), literalAt: brace };
}

/** Such a cell is one statement in a parenthesis that its author did not write. */
function withoutParenthesis(unit: CodeUnit): CodeUnit {
  const back = <T extends { readonly at: number }>(facts: readonly T[]) =>
    facts.map((fact) => ({ ...fact, at: fact.at - 1 }));
  const { uses, writes, effects, passes } = unit;
  return {
    ...unit,
    uses: back(uses),
    writes: back(writes),
    effects: back(effects),
    passes: back(passes),
  };
}

function factsOf(program: Program): CodeFacts {
  const units: CodeUnit[] = [];
  const exportedNames: { name: string; at: number }[] = [];
  const passedOn: { specifier: string; at: number; isType: boolean }[] = [];
  for (const statement of program.body) {
    switch (statement.type) {
      case "ImportDeclaration":
        units.push(...importUnits(statement));
        break;
      case "ExportAllDeclaration":
        passedOn.push({
          specifier: statement.source.value,
          at: statement.start,
          isType: statement.exportKind === "type",
        });
        break;
      case "ExportNamedDeclaration":
        if (statement.declaration) units.push(...declarationUnits(statement.declaration, true));
        else if (statement.source) {
          const isType = statement.exportKind === "type";
          passedOn.push({ specifier: statement.source.value, at: statement.start, isType });
        } else {
          for (const { local } of statement.specifiers) {
            if (local.type === "Identifier") exportedNames.push({ name: local.name, at: local.start });
          }
        }
        break;
      case "ExportDefaultDeclaration": {
        const { declaration } = statement;
        exportedNames.push({ name: "default", at: statement.start });
        const isDeclaration =
          declaration.type === "FunctionDeclaration" || declaration.type === "ClassDeclaration";
        units.push(
          ...(isDeclaration && declaration.id
            ? declarationUnits(declaration, false)
            : [statementUnit(declaration)]),
        );
        break;
      }
      default:
        units.push(...declarationUnits(statement, false));
    }
  }
  return { units, exportedNames, passedOn };
}

function importUnits(node: ImportDeclaration): CodeUnit[] {
  const specifier = node.source.value;
  const unit = (
    name: string,
    local: { readonly name: string; readonly start: number } | undefined,
    isType: boolean,
  ) => ({
    kind: "import" as const,
    start: node.start,
    end: node.end,
    declares: local ? [{ name: local.name, at: local.start }] : [],
    isExported: false,
    imported: { specifier, name, isType },
    uses: [],
    writes: [],
    effects: [],
    passes: [],
    changesParameters: [],
  });
  // `import "x"` binds nothing and runs x.
  if (node.specifiers.length === 0) return [unit("", undefined, false)];
  return node.specifiers.map((each) => {
    const isType =
      node.importKind === "type" || (each.type === "ImportSpecifier" && each.importKind === "type");
    if (each.type === "ImportNamespaceSpecifier") return unit("*", each.local, isType);
    if (each.type === "ImportDefaultSpecifier") return unit("default", each.local, isType);
    const { imported } = each;
    return unit(imported.type === "Literal" ? imported.value : imported.name, each.local, isType);
  });
}

function declarationUnits(node: Declaration | Node, isExported: boolean): CodeUnit[] {
  switch (node.type) {
    case "VariableDeclaration":
      // A resource that is disposed, and `declare const`, are nothing that could be copied.
      return node.declare || node.kind === "using" || node.kind === "await using"
        ? [statementUnit(node)]
        : variableUnits(node, node.kind, isExported);
    case "FunctionDeclaration":
    case "TSDeclareFunction":
      return node.declare || !node.id ? [] : [namedUnit(node, "function", node.id, isExported)];
    case "ClassDeclaration":
      return node.declare || !node.id ? [] : [namedUnit(node, "class", node.id, isExported)];
    case "TSEnumDeclaration":
      return [namedUnit(node, "class", node.id, isExported)];
    case "TSTypeAliasDeclaration":
    case "TSInterfaceDeclaration":
      return [namedUnit(node, "type", node.id, isExported)];
    case "EmptyStatement":
      return [];
    default:
      return [statementUnit(node)];
  }
}

function variableUnits(
  node: VariableDeclaration,
  keyword: "const" | "let" | "var",
  isExported: boolean,
): CodeUnit[] {
  return node.declarations.map((declarator) => {
    const names = new NameCollector();
    names.pattern(declarator.id);
    names.visit(declarator.init);
    const { init } = declarator;
    const root = init ? rootOf(init) : undefined;
    return {
      kind: "variable",
      start: declarator.start,
      end: declarator.end,
      keyword,
      ...(init ? { init: { start: init.start, end: init.end, hasFunction: hasFunction(init) } } : {}),
      declares: boundIn(declarator.id),
      ...(root ? { aliasOf: root.name } : {}),
      isExported,
      ...collected(names),
    };
  });
}

function namedUnit(
  node: Node,
  kind: "function" | "class" | "type",
  id: { readonly name: string; readonly start: number },
  isExported: boolean,
): CodeUnit {
  const names = new NameCollector();
  names.visit(node);
  const { uses, ...others } = collected(names);
  // Calling itself needs nobody else.
  const foreign = uses.filter(({ name }) => name !== id.name);
  const declares = [{ name: id.name, at: id.start }];
  return { kind, start: node.start, end: node.end, declares, isExported, uses: foreign, ...others };
}

/** What can't be taken alone. A `var` inside it is a name of the top level. */
function statementUnit(node: Node): CodeUnit {
  const names = new NameCollector();
  names.visit(node);
  const isUsing = node.type === "VariableDeclaration";
  const declared = isUsing ? node.declarations.flatMap(({ id }) => boundNames(id)) : varNames(node);
  const own = node.type === "TSModuleDeclaration" && node.id.type === "Identifier" ? [node.id.name] : [];
  return {
    kind: "statement",
    start: node.start,
    end: node.end,
    declares: [...new Set([...declared, ...own])].map((name) => ({ name, at: node.start })),
    isExported: false,
    ...collected(names),
  };
}

function collected({ uses, writes, effects, passes, changesParameters }: NameCollector) {
  return { uses, writes, effects, passes, changesParameters };
}

function boundIn(pattern: VariableDeclaration["declarations"][number]["id"]): CodeUnit["declares"] {
  return boundNames(pattern).map((name) => ({ name, at: pattern.start }));
}

function hasFunction(root: Node): boolean {
  let found = false;
  walk(root, ({ type }) => {
    if (type === "FunctionExpression" || type === "ArrowFunctionExpression") found = true;
    return !found;
  });
  return found;
}
