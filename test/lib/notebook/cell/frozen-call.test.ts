import { describe, expect, it } from "vitest";
import { FROZEN_AS_NAME, loadCellCompiler } from "#notebook";

const compiler = await loadCellCompiler();

/** Runs a cell whose functions answer with the arguments they got. */
async function argumentsIn(source: string, names: string): Promise<unknown> {
  const { code } = compiler.transformCell(source, { cellNumber: 7 });
  const AsyncFunction = (async () => {}).constructor as new (
    ...parts: string[]
  ) => (...values: unknown[]) => unknown;
  const freeze = (...given: unknown[]) => given;
  const place = (callee: unknown, binding: string, cell: number) =>
    callee === freeze ? [`${binding} of ${cell}`] : [];
  const other = (...given: unknown[]) => given;
  const run = new AsyncFunction("freeze", "f", "other", "tb", FROZEN_AS_NAME, `${code}; return ${names};`);
  return run(freeze, freeze, other, { freeze, other }, place);
}

describe("a call that may be freeze", () => {
  it.each([
    ["const a = freeze(1)"],
    ["export const a = freeze(1);"],
    ["const a = await freeze(1)"],
    ["const a = f(1)"],
    ["const a = tb.freeze(1)"],
    ["const a = (freeze(1 /* , */))"],
    ["const z = 2, a = freeze(1), y = 3"],
    ["const a: number[] = freeze<number[]>(1 as never,) as number[]"],
    ["const a = freeze(await (async () => 1)())"],
    ["type T = 1\n\nconst a = freeze(\n  1, // one\n) satisfies unknown"],
  ])("is told its const and its cell: %s", async (source) => {
    expect(await argumentsIn(source, "a")).toEqual([1, "a of 7"]);
  });

  it.each([
    ["let a = freeze(1)"],
    ["var a = freeze(1)"],
    ["const [...a] = freeze(1)"],
    ["let a\na = freeze(1)"],
    ["const a = [...freeze(1)]"],
    ["const a = (() => freeze(1))()"],
    ["const a = freeze?.(1)"],
    ["const a = freeze(...[1])"],
    ["const a = tb['freeze'](1)"],
    ["const a = freeze.call(null, 1)"],
    ["let a\n{ const b = freeze(1); a = b }"],
    ["function g() { const b = freeze(1); return b }\nconst a = g()"],
  ])("is told nothing where it is not the whole initialiser of a top-level const: %s", async (source) => {
    expect(await argumentsIn(source, "a")).toEqual([1]);
  });

  it("leaves the arguments of other functions alone", async () => {
    const source = "const a = other(1), b = tb.other(2), c = other(), d = other(1, 2)\nconst e = eval('a')";
    expect(await argumentsIn(source, "[a, b, c, d, e]")).toEqual([[1], [2], [], [1, 2], [1]]);
  });

  it("stays where it was written", () => {
    const source = "const first = other(1);\nconst best = freeze(made(2));";
    const { code, originalPosition } = compiler.transformCell(source, { cellNumber: 1 });
    const lines = code.split("\n");
    for (const [text, column] of [
      ["freeze(made", 14],
      ["made(2)", 21],
    ] as const) {
      const line = lines.findIndex((each) => each.includes(text));
      const at = { line: line + 1, column: lines[line]!.indexOf(text) + 1 };
      expect(originalPosition(at)).toEqual({ line: 2, column });
    }
  });
});
