import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isTickbookError } from "#core";
import { injectParameters, loadCellCompiler, type NotebookDocument, tagsOf } from "#notebook";

const compiler = await loadCellCompiler();

function notebookWith(source: string): NotebookDocument {
  const code = { cell_type: "code", execution_count: null, outputs: [] } as const;
  return {
    nbformat: 4,
    nbformat_minor: 5,
    metadata: {},
    cells: [
      { cell_type: "markdown", id: "a", metadata: {}, source: "# Title" },
      { ...code, id: "b", metadata: { tags: ["parameters"] }, source },
      { ...code, id: "c", metadata: {}, source: "x" },
    ],
  };
}

const declared = notebookWith(
  'const x: number = 1;\nconst name = "a";\nconst on = true;\nconst list: number[] = [];',
);

function refusal(values: Record<string, unknown>, document = declared) {
  try {
    injectParameters(compiler, document, values);
  } catch (error) {
    if (isTickbookError(error)) return error;
    throw error;
  }
  throw new Error("no error");
}

describe("parameter injection", () => {
  it("puts a tagged cell right behind the declarations, once", () => {
    const once = injectParameters(compiler, declared, { x: "2.5", list: "[1, 2]", on: "false" });
    expect(once.values).toEqual({ x: 2.5, list: [1, 2], on: false });
    expect(once.document.cells.map((cell) => cell.source)).toEqual([
      "# Title",
      declared.cells[1]!.source,
      "// Parameters\nlet x: number = 2.5;\nlet list: number[] = [1, 2];\nlet on: boolean = false;",
      "x",
    ]);
    expect(tagsOf(once.document.cells[2]!)).toEqual(["injected-parameters"]);
    const again = injectParameters(compiler, once.document, { name: "b" });
    expect(again.document.cells.map((cell) => cell.source)).toEqual([
      "# Title",
      declared.cells[1]!.source,
      '// Parameters\nlet name: string = "b";',
      "x",
    ]);
    expect(injectParameters(compiler, again.document, {}).document).toEqual(declared);
  });

  it("writes any JSON value so that the cell evaluates to it", () => {
    const holder = notebookWith("const value: unknown = null;");
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        fc.pre(typeof value !== "string");
        const { document } = injectParameters(compiler, holder, { value });
        const { code } = compiler.transformCell(document.cells[2]!.source, { cellNumber: 1 });
        expect(new Function(`${code}; return value;`)()).toEqual(value);
      }),
    );
  });

  it("refuses a name that the notebook does not declare, and suggests the one meant", () => {
    const error = refusal({ nmae: "b" });
    expect(error.code).toBe("runner.unknown-parameter");
    expect(error.hint).toBe(
      'Did you mean "name"? The notebook declares:\n    x: number = 1\n    name: string = "a"\n    on: boolean = true\n    list: number[] = []',
    );
    const none: NotebookDocument = { ...declared, cells: [declared.cells[0]!] };
    expect(refusal({ x: 1 }, none).message).toContain('no cell tagged "parameters"');
  });

  it.each([
    [{ x: "twelve" }],
    [{ x: "" }],
    [{ x: Number.NaN }],
    [{ name: 5 }],
    [{ on: "yes" }],
    [{ list: "[1," }],
    [{ list: () => 1 }],
    [{ list: [new Date(0)] }],
  ])("refuses %o, which does not fit", (values) => {
    expect(refusal(values).code).toBe("runner.bad-parameter");
  });
});
