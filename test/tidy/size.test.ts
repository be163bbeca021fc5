import ts from "typescript";
import { expect, it } from "vitest";
import { labSources, productSources, readSource, trackedFiles } from "./sources.ts";

const LINES_MAX = 500;
const FUNCTION_LINES_MAX = 70;

it("no source file is longer than 500 lines", () => {
  const long = trackedFiles()
    .filter((path) => /\.(tsx?|mjs)$/.test(path))
    .map((path) => ({ path, lines: readSource(path).text.split("\n").length }))
    .filter(({ lines }) => lines > LINES_MAX);
  expect(long).toEqual([]);
});

it("no function of the product is longer than 70 lines", () => {
  const long: string[] = [];
  for (const { path, ast } of [...productSources(), ...labSources()]) {
    const visit = (node: ts.Node): void => {
      if (ts.isFunctionLike(node) && "body" in node && node.body) {
        const from = ast.getLineAndCharacterOfPosition(node.getStart()).line;
        const to = ast.getLineAndCharacterOfPosition(node.end).line;
        if (to - from + 1 > FUNCTION_LINES_MAX) long.push(`${path}:${from + 1} has ${to - from + 1} lines`);
      }
      ts.forEachChild(node, visit);
    };
    visit(ast);
  }
  expect(long).toEqual([]);
});
