import type { CallExpression, Node } from "oxc-parser";

/** Methods that change the object they are called on. */
const CHANGING = new Set([
  ...["push", "pop", "shift", "unshift", "splice", "sort", "reverse", "fill", "copyWithin"],
  ...["set", "add", "delete", "clear", "next"],
  ...["setInt8", "setUint8", "setInt16", "setUint16", "setInt32", "setUint32"],
  ...["setFloat32", "setFloat64", "setBigInt64", "setBigUint64"],
]);

/** Functions that change their first argument. */
const CHANGING_FIRST = new Set([
  ...["Object.assign", "Object.defineProperty", "Object.defineProperties", "Object.setPrototypeOf"],
  ...["Reflect.set", "Reflect.defineProperty", "Reflect.deleteProperty", "Reflect.setPrototypeOf"],
]);

/** Methods that have called their argument for the last time when they return. */
const ITERATING = new Set([
  ...["forEach", "map", "filter", "flatMap", "reduce", "reduceRight", "some", "every", "from"],
  ...["find", "findIndex", "findLast", "findLastIndex", "sort", "toSorted", "replace", "replaceAll"],
]);

/** The expression whose object a call changes, if it changes one. */
export function changedBy(call: CallExpression): Node | undefined {
  const { callee } = call;
  if (callee.type !== "MemberExpression" || callee.computed || callee.property.type !== "Identifier") {
    return undefined;
  }
  const method = callee.property.name;
  const target = callee.object;
  if (target.type === "Identifier" && CHANGING_FIRST.has(`${target.name}.${method}`)) {
    return call.arguments[0];
  }
  // Array.prototype.push.call(list, 1)
  const isBorrowed =
    (method === "call" || method === "apply") &&
    target.type === "MemberExpression" &&
    target.property.type === "Identifier" &&
    CHANGING.has(target.property.name);
  if (isBorrowed) return call.arguments[0];
  return CHANGING.has(method) ? target : undefined;
}

export function isIterating({ callee }: CallExpression): boolean {
  return (
    callee.type === "MemberExpression" &&
    callee.property.type === "Identifier" &&
    ITERATING.has(callee.property.name)
  );
}

/** What an expression reads from. */
export interface Root {
  /** `this` for ThisExpression. */
  readonly name: string;
  readonly at: number;
  /** Goes on with `.state` or `.shared`. */
  readonly isMemory: boolean;
}

/** The name in front, past properties, `!`, `as` and parentheses. */
export function rootOf(node: Node): Root | undefined {
  switch (node.type) {
    case "Identifier":
      return { name: node.name, at: node.start, isMemory: false };
    case "ThisExpression":
      return { name: "this", at: node.start, isMemory: false };
    case "MemberExpression": {
      const root = rootOf(node.object);
      const { property } = node;
      const isFirst = node.object.type === "Identifier" && !node.computed && property.type === "Identifier";
      return root && { ...root, isMemory: isFirst ? /^(state|shared)$/.test(property.name) : root.isMemory };
    }
    case "ChainExpression":
    case "TSNonNullExpression":
    case "TSAsExpression":
    case "TSSatisfiesExpression":
    case "TSTypeAssertion":
    case "ParenthesizedExpression":
      return rootOf(node.expression);
    default:
      return undefined;
  }
}
