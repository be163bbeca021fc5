import type { Expression, VariableDeclarator } from "oxc-parser";

/** A call that may be `freeze`, as the whole initialiser of a const. */
export interface FrozenCall {
  /** The name of the const. */
  readonly binding: string;
  /** Text of what is called: `freeze`, another name it was imported by, or `tickbook.freeze`. */
  readonly callee: string;
  /** Where the only argument ends. */
  readonly end: number;
}

/** `name = f(x)`, `name = space.freeze(x)`, and both with `await`. */
export function frozenCallOf({ id, init }: VariableDeclarator): FrozenCall | undefined {
  if (id.type !== "Identifier" || !init) return undefined;
  const bare = withoutParentheses(init);
  const call = bare.type === "AwaitExpression" ? withoutParentheses(bare.argument) : bare;
  if (call.type !== "CallExpression" || call.optional) return undefined;
  const callee = nameOf(call.callee);
  const [argument, another] = call.arguments;
  if (!callee || !argument || another || argument.type === "SpreadElement") return undefined;
  return { binding: id.name, callee, end: argument.end };
}

/** `eval` alone means something else when its call changes. */
function nameOf(callee: Expression): string | undefined {
  if (callee.type === "Identifier") return callee.name === "eval" ? undefined : callee.name;
  if (callee.type !== "MemberExpression" || callee.computed || callee.optional) return undefined;
  const { object, property } = callee;
  const isFreeze =
    object.type === "Identifier" && property.type === "Identifier" && property.name === "freeze";
  return isFreeze ? `${object.name}.freeze` : undefined;
}

function withoutParentheses(node: Expression): Expression {
  return node.type === "ParenthesizedExpression" ? withoutParentheses(node.expression) : node;
}
