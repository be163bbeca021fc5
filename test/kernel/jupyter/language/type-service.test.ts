import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CellChain } from "../../../../kernel/jupyter/language/cell-chain.ts";
import { TypeService } from "../../../../kernel/jupyter/language/type-service.ts";

/** Code with `|` where the cursor is. */
function at(code: string): readonly [string, number] {
  return [code.replace("|", ""), code.indexOf("|")];
}

describe("the language service of a notebook", () => {
  let service: TypeService;
  const folder = mkdtempSync(join(tmpdir(), "tickbook-test-"));
  const complete = (code: string) => service.complete(...at(code)).matches.map(({ text }) => text);

  beforeAll(() => {
    writeFileSync(join(folder, "helper.ts"), "/** Doubles. */\nexport const twice = (x: number) => 2 * x;\n");
    service = new TypeService(ts, folder);
    service.ran(
      1,
      'import { twice } from "./helper";\nconst prices = [1, 2, 3];\ninterface Row { close: number }',
    );
    service.ran(
      2,
      "let count = prices.length;\nenum Side { Buy, Sell }\nfunction mean(values: number[]): number { return 0; }",
    );
    service.ran(3, "const prices = new Map<string, Row>();");
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  it("knows all cells run so far, the newest of a name", () => {
    expect(complete("prices.ge|")).toContain("get");
    expect(complete("prices.fi|")).toEqual([]);
    expect(complete('prices.get("a")!.|')).toEqual(["close"]);
    expect(complete("Side.|")).toEqual(["Buy", "Sell"]);
    expect(complete("co|")).toEqual(expect.arrayContaining(["count", "const", "console", "continue"]));
    expect(complete("const x = 1;\nx.toF|")).toEqual(["toFixed"]);
  });

  it("knows tickbook, local modules, Node and the notebook's globals", () => {
    expect(complete('import { back| } from "tickbook";')).toEqual(["backtest"]);
    expect(complete('import { bars } from "tickbook";\nconst b = await bars("A/B", "1d");\nb.cl|')).toContain(
      "close",
    );
    expect(complete("tw|")).toContain("twice");
    expect(complete('import { twice } from "./he|";')).toContain("helper");
    expect(complete("process.vers|")).toContain("version");
    expect(complete("display.ht|")).toEqual(["html"]);
  });

  it("knows comms, and that a question has an answer; a bare object is no block", () => {
    const found = service.diagnose([
      { cellId: "a", source: "comm.register('t', (one, data) => one.send(data.x).toFixed());" },
      { cellId: "b", source: "prompt('name?').length" },
      { cellId: "c", source: "// two\n/* { */ { a: 1, b: 2 }" },
    ]);
    expect(Object.keys(found)).toEqual(["a"]);
    expect(found.a).toMatchObject([{ message: "Property 'toFixed' does not exist on type 'void'." }]);
  });

  it("replaces what is typed of the name, and counts it", () => {
    expect(service.complete(...at("mean(pri|)"))).toMatchObject({
      start: 5,
      end: 8,
      matches: [{ text: "prices" }],
    });
  });

  it("explains names and calls", () => {
    expect(service.inspect(...at("twi|ce(1)"), 1)).toMatchObject({
      text: expect.stringMatching(/twice\(x: number\): number[\s\S]*Doubles/),
    });
    expect(service.inspect(...at("mean(|"), 0)?.text).toContain("mean(values: number[]): number");
    expect(service.inspect(...at("|"), 0)).toBeUndefined();
  });

  it("says what does not fit, in the cell's own lines; a notebook may give names of other cells a new value", () => {
    expect(service.check("count = 4;\nprices.set('a', { close: 1 });")).toEqual([]);
    expect(service.check("\nconst text: string = count;")).toMatchObject([
      { line: 2, column: 7, endLine: 2, endColumn: 11, severity: "error", code: "TS2322" },
    ]);
    expect(service.check("{ a: 1 }")).toEqual([]);
    expect(
      service.check("console.log(await Promise.resolve(1)); using x = { [Symbol.dispose]() {} };"),
    ).toEqual([]);
  });

  it("looks at a notebook in its own order, cells that can't be read included", () => {
    const cells = [
      { cellId: "a", source: "const n = 1;" },
      { cellId: "b", source: "n.toUpperCase();" },
      { cellId: "c", source: "const = ;" },
      { cellId: "d", source: "const s: string = n;\nlater;" },
      { cellId: "e", source: "const later = 2;" },
    ];
    const found = service.diagnose(cells);
    expect(Object.keys(found)).toEqual(["b", "c", "d"]);
    expect(found.b).toMatchObject([{ code: "TS2339", line: 1, column: 3 }]);
    expect(found.d!.map(({ code }) => code).sort()).toEqual(["TS2304", "TS2322"]);
    expect(service.diagnose([{ cellId: "b", source: "const n = 1;" }])).toEqual({});
  });

  it("never fails on what is being typed", () => {
    const pieces = fc.constantFrom(
      "const ",
      "x",
      " = ",
      "{",
      "}",
      "(",
      ")",
      "=>",
      "await ",
      "import ",
      '"',
      "`",
      ".",
      "\n",
      "class ",
      "😀",
      "<",
      ">",
      "prices",
      ";",
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 14 }), fc.nat(), (parts, position) => {
        const code = parts.join("");
        const offset = position % (code.length + 1);
        const { start, end } = service.complete(code, offset);
        expect(start).toBeLessThanOrEqual(end);
        expect(end).toBe(offset);
        service.inspect(code, offset, 0);
      }),
      { numRuns: 40 },
    );
  });
});

describe("cells as modules", () => {
  it("names declared again come from the latest cell before", () => {
    const modules = new CellChain(ts).modules([
      { name: "one", source: "let a = 1; export const b = 2;" },
      { name: "two", source: "a; let a = b;" },
      { name: "three", source: "({ a, b });" },
    ]);
    expect(modules.map(({ text }) => text)).toEqual([
      "\nlet a = 1; export const b = 2;\nexport { a };\n",
      'import { b } from "./one";\na; let a = b;\nexport { a };\n',
      'import { a } from "./two"; import { b } from "./one";\n({ a, b });\nexport {  };\n',
    ]);
  });
});
