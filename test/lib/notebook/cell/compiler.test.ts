import { describe, expect, it } from "vitest";
import { isTickbookError } from "#core";
import { loadCellCompiler } from "#notebook";

const compiler = await loadCellCompiler();

function errorOf(run: () => unknown) {
  try {
    run();
  } catch (error) {
    if (isTickbookError(error)) return error;
    throw error;
  }
  throw new Error("no error");
}

describe("cell compiler", () => {
  it("shows a syntax error with its line and a caret", () => {
    const error = errorOf(() => compiler.transformCell("const a = 1;\n\tfoo(;\n", { cellNumber: 3 }));
    expect(error.message).toBe("cell 3, line 2:6: Unexpected token\n    \tfoo(;\n    \t    ^");
    expect(error.code).toBe("notebook.syntax-error");
    expect(error.fields).toMatchObject({ cell: 3, line: 2, column: 6, sourceLine: "\tfoo(;" });
  });

  it.each([
    ["const x = ;", 1],
    ["let a = 1;\nlet a = 2;", 2],
    ["class A {\n  x: number = \n}", 3],
    ["1 +\n", 2],
    ["\n\nreturn 1", 3],
    ["const s = 'abc", 1],
    ["namespace N {\n  export let changing = 1\n}", 2],
  ])("finds the line of the error in %j", (source, line) => {
    expect(errorOf(() => compiler.transformCell(source, { cellNumber: 1 })).fields.line).toBe(line);
  });

  it("maps the whole text of a plain cell to its own lines", () => {
    const source = "type T = number;\n\nconst a: T = 1;\n\n\nconst b = a as T;";
    const { code, originalPosition } = compiler.transformCell(source, { cellNumber: 1 });
    const lines = code.split("\n");
    const at = lines.findIndex((line) => line.includes("b = a"));
    const place = originalPosition({ line: at + 1, column: lines[at]!.indexOf("b = a") + 1 });
    expect(place).toEqual({ line: 6, column: 7 });
  });

  it("lists what a module imports and passes on", () => {
    const source =
      'import a from "./a.ts";\nexport * from "./b";\nexport { c } from "c";\nimport type { T } from "./t";';
    expect(compiler.listImports(source)).toEqual(["./a.ts", "./t", "./b", "c"]);
  });
});

describe("parameters cell", () => {
  it("gives names, types, defaults and descriptions", () => {
    const source = [
      "// Bars of the fast average,",
      "// more is slower.",
      "const fast: number = 12;",
      'export const symbol = "BTC/USDT" // what to trade',
      "const shorts = false; /* sell short */",
      "",
      'const markets: string[] = ["a", "b"], floor = -0.5',
      "const limits = { open: 3, days: [1, 2] };",
      "const when = Date.now();",
      'const side: "buy" | "sell" = "buy";',
      "function helper() {}",
    ].join("\n");
    expect(compiler.parseParameters(source)).toEqual([
      {
        name: "fast",
        type: "number",
        annotation: "number",
        default: 12,
        description: "Bars of the fast average, more is slower.",
      },
      { name: "symbol", type: "string", default: "BTC/USDT", description: "what to trade" },
      { name: "shorts", type: "boolean", default: false, description: "sell short" },
      { name: "markets", type: "json", annotation: "string[]", default: ["a", "b"] },
      { name: "floor", type: "number", default: -0.5 },
      { name: "limits", type: "json", default: { open: 3, days: [1, 2] } },
      { name: "when", type: "json" },
      {
        name: "side",
        type: "choice",
        annotation: '"buy" | "sell"',
        choices: ["buy", "sell"],
        default: "buy",
      },
    ]);
  });
});
