import type {
  AccessorProperty,
  ArrowFunctionExpression,
  BindingPattern,
  CallExpression,
  Class,
  Function as FunctionNode,
  MethodDefinition,
  Node,
  PropertyDefinition,
} from "oxc-parser";
import type { Effect, NameUse, NameWrite, PassedName } from "../graph/facts.ts";
import { blockNames, type Frame, isFunction, Scopes, varNames } from "./scopes.ts";
import { typeNames, typeParameterNames } from "./type-names.ts";
import { boundNames } from "./walk.ts";
import { changedBy, isIterating, rootOf } from "./writing-calls.ts";

type AnyFunction = FunctionNode | ArrowFunctionExpression;
const PLAIN: Frame = { isHandler: false, isCallback: false, isConstructor: false, isArrow: false };

/** Walks one unit and gathers what it uses and writes of names that it does not bind itself. */
export class NameCollector {
  readonly uses: NameUse[] = [];
  readonly writes: NameWrite[] = [];
  readonly effects: Effect[] = [];
  readonly passes: PassedName[] = [];
  readonly changesParameters: number[] = [];
  /** Names of the outermost function's parameters. */
  private parameters: readonly (readonly string[])[] = [];
  private readonly scopes = new Scopes();

  visit(node: Node | null | undefined): void {
    if (!node || (node.type.startsWith("TS") && this.typescript(node))) return;
    if (this.expression(node) || this.definition(node) || this.block(node)) return;
    this.children(node);
  }

  /** @returns false for a node of another kind, like the methods below. */
  private expression(node: Node): boolean {
    switch (node.type) {
      case "Identifier":
        this.use(node.name, node.start);
        return true;
      case "MemberExpression":
        this.member(node, []);
        return true;
      case "CallExpression":
        this.call(node);
        return true;
      case "AssignmentExpression":
        this.target(node.left);
        if (node.operator !== "=") this.visit(node.left);
        this.visit(node.right);
        return true;
      case "UpdateExpression":
        this.target(node.argument);
        this.visit(node.argument);
        return true;
      case "UnaryExpression":
        if (node.operator === "delete") this.changed(node.argument, node.start);
        this.visit(node.argument);
        return true;
      case "AwaitExpression":
        this.effect("await", node.start);
        this.visit(node.argument);
        return true;
      case "ImportExpression":
        this.effect("import", node.start);
        this.children(node);
        return true;
      case "MetaProperty":
        if (node.meta.name === "import") this.effect("import-meta", node.start);
        return true;
      default:
        return false;
    }
  }

  private definition(node: Node): boolean {
    switch (node.type) {
      case "Property":
        this.property(node);
        return true;
      case "MethodDefinition":
      case "PropertyDefinition":
      case "AccessorProperty":
        this.classMember(node);
        return true;
      case "FunctionDeclaration":
      case "FunctionExpression":
      case "ArrowFunctionExpression":
        this.function(node, { isHandler: isHandlerName(node.id?.name) });
        return true;
      case "ClassDeclaration":
      case "ClassExpression":
        this.class(node);
        return true;
      case "VariableDeclaration":
        if (node.kind === "await using") this.effect("await", node.start);
        for (const { id, init } of node.declarations) {
          this.pattern(id);
          this.visit(init);
          this.alias(id, init);
        }
        return true;
      default:
        return false;
    }
  }

  /** A pattern that binds: its names are no uses, its default values and types are. */
  pattern(node: Node): void {
    switch (node.type) {
      case "Identifier":
        this.types(node.typeAnnotation);
        return;
      case "AssignmentPattern":
        this.pattern(node.left);
        this.visit(node.right);
        return;
      case "RestElement":
        this.pattern(node.argument);
        this.types(node.typeAnnotation);
        return;
      case "ArrayPattern":
        for (const element of node.elements) if (element) this.pattern(element);
        this.types(node.typeAnnotation);
        return;
      case "ObjectPattern":
        for (const property of node.properties) {
          if (property.type === "Property" && property.computed) this.visit(property.key);
          this.pattern(property.type === "Property" ? property.value : property);
        }
        this.types(node.typeAnnotation);
        return;
      case "TSParameterProperty":
        this.pattern(node.parameter);
        return;
      default:
        this.visit(node);
    }
  }

  /** What has names of its own, and labels, which are none. */
  private block(node: Node): boolean {
    switch (node.type) {
      case "BlockStatement":
        this.scopes.inBlock(blockNames(node.body), () => this.children(node));
        return true;
      case "SwitchStatement":
        this.visit(node.discriminant);
        this.scopes.inBlock(blockNames(node.cases.flatMap(({ consequent }) => consequent)), () => {
          for (const each of node.cases) this.children(each);
        });
        return true;
      case "ForStatement":
        this.scopes.inBlock(node.init ? blockNames([node.init]) : [], () => this.children(node));
        return true;
      case "ForInStatement":
      case "ForOfStatement":
        if (node.type === "ForOfStatement" && node.await) this.effect("await", node.start);
        this.scopes.inBlock(blockNames([node.left]), () => {
          const { left } = node;
          if (left.type !== "VariableDeclaration") this.target(left);
          else for (const { id } of left.declarations) this.alias(id, node.right);
          this.children(node);
        });
        return true;
      case "CatchClause":
        this.scopes.inBlock(node.param ? boundNames(node.param) : [], () => {
          if (node.param) this.pattern(node.param);
          this.visit(node.body);
        });
        return true;
      case "StaticBlock": {
        const names = [...blockNames(node.body), ...varNames(node)];
        this.scopes.inFunction({ ...PLAIN, isConstructor: true }, names, () => this.children(node));
        return true;
      }
      case "LabeledStatement":
        this.visit(node.body);
        return true;
      case "BreakStatement":
      case "ContinueStatement":
        return true;
      default:
        return false;
    }
  }

  private children(node: Node): void {
    for (const [key, value] of Object.entries(node)) {
      if (key === "parent") continue;
      for (const part of Array.isArray(value) ? value : [value]) {
        if (typeof part === "object" && part !== null && typeof (part as Node).type === "string") {
          this.visit(part as Node);
        }
      }
    }
  }

  private use(name: string, at: number, path: readonly string[] = [], isType = false): void {
    if (this.scopes.isLocal(name)) return;
    const isDeferred = this.scopes.frames.length > 0;
    if (name === "arguments" && this.scopes.frames.some(({ isArrow }) => !isArrow)) return;
    this.uses.push({ name, at, path, isDeferred, isType });
  }

  private effect(kind: Effect["kind"], at: number): void {
    this.effects.push({ kind, at, isDeferred: this.scopes.frames.length > 0 });
  }

  private member(node: Node, path: readonly string[]): void {
    if (node.type === "MemberExpression") {
      const { property } = node;
      const name =
        !node.computed && property.type === "Identifier"
          ? property.name
          : property.type === "Literal" && typeof property.value === "string"
            ? property.value
            : undefined;
      if (node.computed) this.visit(property);
      if (name && /^(toLocale[A-Z]|localeCompare$)/.test(name)) this.effect("locale", property.start);
      this.member(node.object, name === undefined ? [] : [name, ...path]);
    } else if (node.type === "Identifier") this.use(node.name, node.start, path);
    else if (node.type === "TSNonNullExpression" || node.type === "ParenthesizedExpression") {
      this.member(node.expression, path);
    } else this.visit(node);
  }

  private call(node: CallExpression): void {
    const changed = changedBy(node);
    if (changed) this.changed(changed, node.start);
    this.visit(node.callee);
    this.types(node.typeArguments);
    const isCallback = isIterating(node);
    this.passed(node);
    for (const argument of node.arguments) {
      if (argument.type === "ArrowFunctionExpression" || argument.type === "FunctionExpression") {
        const from = node.callee.type === "MemberExpression" ? node.callee.object : undefined;
        this.function(
          argument,
          { isCallback: isCallback && !argument.generator },
          isCallback ? from : undefined,
        );
      } else this.visit(argument);
    }
  }

  private passed({ callee, arguments: given }: CallExpression): void {
    if (callee.type !== "Identifier" || this.scopes.isLocal(callee.name)) return;
    const isDeferred = this.scopes.frames.length > 0;
    given.forEach((argument, index) => {
      const root = rootOf(argument);
      const name = this.scopes.outerName(root?.name ?? "this");
      if (!root || name === "this" || this.scopes.isLocal(name)) return;
      this.passes.push({ name, callee: callee.name, index, at: root.at, isDeferred });
    });
  }

  /** What stands left of `=`. */
  private target(node: Node): void {
    switch (node.type) {
      case "Identifier":
        this.write(node.name, node.start, "assigned");
        return;
      case "MemberExpression":
        this.changed(node, node.start);
        this.visit(node);
        return;
      case "AssignmentPattern":
        this.target(node.left);
        this.visit(node.right);
        return;
      case "RestElement":
        this.target(node.argument);
        return;
      case "ArrayPattern":
        for (const element of node.elements) if (element) this.target(element);
        return;
      case "ObjectPattern":
        for (const property of node.properties) {
          if (property.type === "Property" && property.computed) this.visit(property.key);
          this.target(property.type === "Property" ? property.value : property);
        }
        return;
      default: {
        // `(x as number) = 1` and the like.
        const root = rootOf(node);
        if (root) this.write(root.name, root.at, "assigned");
      }
    }
  }

  private changed(node: Node, at: number): void {
    const root = rootOf(node);
    if (!root) return;
    // ctx.state and ctx.shared are where memory belongs, whatever function around has the ctx.
    if (root.isMemory && this.scopes.isLocal(root.name)) return;
    if (root.name !== "this") this.write(root.name, at, "changed");
    else if (!this.scopes.isConstructing())
      this.writes.push({ name: "this", at, kind: "this", isDeferred: true });
  }

  /** What is bound to a part of something outside writes there when it is changed. */
  private alias(pattern: BindingPattern, value: Node | null): void {
    const root = value ? rootOf(value) : undefined;
    if (root && root.name !== "this") this.scopes.alias(boundNames(pattern), root.name);
  }

  private write(written: string, at: number, kind: "assigned" | "changed"): void {
    const isDeferred = this.scopes.frames.length > 0;
    const name = kind === "changed" ? this.scopes.outerName(written) : written;
    if (kind === "changed" && this.scopes.isOfOutermost(name)) {
      const index = this.parameters.findIndex((names) => names.includes(name));
      if (index >= 0) this.changesParameters.push(index);
    }
    if (!this.scopes.isLocal(name)) this.writes.push({ name, at, kind, isDeferred });
    else if (this.scopes.isCaptured(name)) this.writes.push({ name, at, kind: "captured", isDeferred });
  }

  private property(node: Extract<Node, { type: "Property" }>): void {
    if (node.computed) this.visit(node.key);
    const { value } = node;
    const name = node.key.type === "Identifier" && !node.computed ? node.key.name : undefined;
    if (value.type === "FunctionExpression" || value.type === "ArrowFunctionExpression") {
      this.function(value, { isHandler: isHandlerName(name) });
    } else this.visit(value);
  }

  private classMember(node: MethodDefinition | PropertyDefinition | AccessorProperty): void {
    for (const decorator of node.decorators) this.visit(decorator);
    if (node.computed) this.visit(node.key);
    if ("typeAnnotation" in node) this.types(node.typeAnnotation);
    const { value } = node;
    if (node.type === "MethodDefinition" && value?.type === "FunctionExpression") {
      this.function(value, { isConstructor: node.kind === "constructor" });
    } else if (value && isFunction(value)) this.visit(value);
    // What a field starts with is computed when an object is made.
    else if (value) this.scopes.inFunction({ ...PLAIN, isConstructor: true }, [], () => this.visit(value));
  }

  /** @param items whose parts the function is called with, if it is given to `forEach` and the like. */
  private function(node: AnyFunction, frame: Partial<Frame>, items?: Node): void {
    if (node.async) this.effect("await", node.start);
    const parameters = node.params.map((param) => {
      if (param.type === "RestElement") return boundNames(param.argument);
      return boundNames(param.type === "TSParameterProperty" ? param.parameter : param);
    });
    if (this.scopes.frames.length === 0) this.parameters = parameters;
    const names = [
      ...(node.typeParameters ? typeParameterNames(node.typeParameters) : []),
      ...parameters.flat(),
      ...(node.body ? varNames(node.body) : []),
    ];
    const isArrow = node.type === "ArrowFunctionExpression";
    // The name of an expression is bound once, around all its calls.
    const ownName = node.type === "FunctionExpression" && node.id ? [node.id.name] : [];
    this.scopes.inBlock(ownName, () =>
      this.scopes.inFunction({ ...PLAIN, isArrow, ...frame }, names, () => {
        this.types(node.typeParameters);
        for (const param of node.params) {
          this.pattern(param);
          if (items && param.type !== "TSParameterProperty") this.alias(param as BindingPattern, items);
        }
        this.types(node.returnType);
        this.visit(node.body);
      }),
    );
  }

  private class(node: Class): void {
    for (const decorator of node.decorators) this.visit(decorator);
    this.visit(node.superClass);
    const names = [
      ...(node.id ? [node.id.name] : []),
      ...(node.typeParameters ? typeParameterNames(node.typeParameters) : []),
    ];
    this.scopes.inBlock(names, () => {
      this.types(node.typeParameters);
      this.types(node.superTypeArguments);
      for (const each of node.implements ?? []) this.types(each);
      for (const member of node.body.body) this.visit(member);
    });
  }

  /** @returns false for a node that holds a value, to be walked like any other. */
  private typescript(node: Node): boolean {
    switch (node.type) {
      case "TSAsExpression":
      case "TSSatisfiesExpression":
      case "TSTypeAssertion":
        this.visit(node.expression);
        this.types(node.typeAnnotation);
        return true;
      case "TSNonNullExpression":
        this.visit(node.expression);
        return true;
      case "TSInstantiationExpression":
        this.visit(node.expression);
        this.types(node.typeArguments);
        return true;
      case "TSEnumDeclaration": {
        const members = node.body.members.flatMap(({ id }) => (id.type === "Identifier" ? [id.name] : []));
        this.scopes.inBlock([node.id.name, ...members], () => {
          for (const { initializer } of node.body.members) this.visit(initializer);
        });
        return true;
      }
      case "TSModuleDeclaration":
        if (node.body)
          this.scopes.inBlock(blockNames("body" in node.body ? node.body.body : []), () =>
            this.children(node.body as Node),
          );
        return true;
      case "TSParameterProperty":
        return false;
      default:
        this.types(node);
        return true;
    }
  }

  private types(node: Node | null | undefined): void {
    if (node) for (const { name, at } of typeNames(node)) this.use(name, at, [], true);
  }
}

function isHandlerName(name: string | undefined): boolean {
  return name !== undefined && /^on[A-Z]/.test(name);
}
