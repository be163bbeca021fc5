import type { Node } from "oxc-parser";
import { walk } from "./walk.ts";

/** What a type names: other types, classes, and the values of `typeof x`. Its own parameters left out. */
export function typeNames(root: Node): { readonly name: string; readonly at: number }[] {
  const own = new Set(typeParameterNames(root));
  const found: { readonly name: string; readonly at: number }[] = [];
  const add = (node: Node): void => {
    const first = leftmost(node);
    if (first && !own.has(first.name)) found.push(first);
  };
  walk(root, (node) => {
    if (node.type === "TSTypeReference") add(node.typeName);
    else if (node.type === "TSTypeQuery") add(node.exprName);
    else if (node.type === "TSInterfaceHeritage" || node.type === "TSClassImplements") add(node.expression);
    return true;
  });
  return found;
}

function leftmost(node: Node): { readonly name: string; readonly at: number } | undefined {
  if (node.type === "Identifier") return { name: node.name, at: node.start };
  if (node.type === "TSQualifiedName") return leftmost(node.left);
  if (node.type === "MemberExpression") return leftmost(node.object);
  return undefined;
}

/** The names of type parameters, also of `infer` and of mapped types, inside a node. */
export function typeParameterNames(root: Node): string[] {
  const names: string[] = [];
  walk(root, (node) => {
    if (node.type === "TSTypeParameter") names.push(node.name.name);
    if (node.type === "TSMappedType") names.push(node.key.name);
    return true;
  });
  return names;
}
