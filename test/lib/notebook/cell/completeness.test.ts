import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadCellCompiler } from "../../../../lib/notebook/index.ts";

const compiler = await loadCellCompiler();

describe("whether code is complete", () => {
  it.each([
    "",
    "1",
    "// c",
    "{ a: 1 }",
    "await f()",
    "enum E { A }",
    "type A = { a: 1 }",
    "`a \u0024{b} c`",
    "f()\n\n",
  ])("%j is", (code) => expect(compiler.completeness(code)).toBe("complete"));

  it.each([
    ...[
      "const x = {",
      "f(",
      "[1,",
      "`a",
      "`a \u0024{b",
      "`a \u0024{b} c",
      "/* a",
      "if (a)",
      "x =>",
      "a.",
      "1 +",
      "let",
    ],
    ...[
      "class A {",
      "interface A {",
      "{ a: 1",
      "for (",
      "try {",
      "import { a",
      "if (x) {\n  y()\n",
      "const f = () => {\n",
    ],
  ])("%j is only begun", (code) => expect(compiler.completeness(code)).toBe("incomplete"));

  it.each([
    "function function",
    "const = 1",
    "1 +* 2",
    ")",
    "'abc",
    '"abc',
    "/abc",
    "let x = ;",
    "foo bar",
    "[1, 2)",
  ])("%j is wrong", (code) => expect(compiler.completeness(code)).toBe("invalid"));

  it("an open bracket is closed by what is missing, however deep", () => {
    const pairs = { "(": ")", "[": "]", "{ a: ": "}" } as const;
    const opened = fc.array(fc.constantFrom(...(Object.keys(pairs) as (keyof typeof pairs)[])), {
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(opened, (brackets) => {
        const begun = `x = ${brackets.join("")}`;
        const whole =
          begun +
          `1${[...brackets]
            .reverse()
            .map((open) => pairs[open])
            .join("")}`;
        expect(compiler.completeness(begun)).toBe("incomplete");
        expect(compiler.completeness(whole)).toBe("complete");
        expect(compiler.completeness(`${whole})`)).toBe("invalid");
      }),
    );
  });
});
