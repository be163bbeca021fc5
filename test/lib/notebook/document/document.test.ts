import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isTickbookError } from "#core";
import { formatNotebook, type NotebookDocument, parseNotebook } from "#notebook";

const metadata = fc.dictionary(
  fc.string(),
  fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value))),
);
const bundle = fc.record({ "text/plain": fc.string(), "application/json": fc.constant({ a: ["x\n", "y"] }) });
const output = fc.oneof(
  fc.record({
    output_type: fc.constant("stream"),
    name: fc.constantFrom("stdout", "stderr"),
    text: fc.string({ unit: "binary" }),
  }),
  fc.record({ output_type: fc.constant("display_data"), data: bundle, metadata: fc.constant({}) }),
  fc.record({
    output_type: fc.constant("execute_result"),
    execution_count: fc.nat(),
    data: bundle,
    metadata: fc.constant({}),
  }),
  fc.record({
    output_type: fc.constant("error"),
    ename: fc.string(),
    evalue: fc.string(),
    traceback: fc.array(fc.string()),
  }),
);
const source = fc
  .array(fc.constantFrom("let a = 1;", "", "\t// é", "x\r"), { maxLength: 5 })
  .map((l) => l.join("\n"));
const cell = fc.oneof(
  fc.record({
    cell_type: fc.constant("code"),
    metadata,
    source,
    execution_count: fc.option(fc.nat()),
    outputs: fc.array(output, { maxLength: 3 }),
  }),
  fc.record({ cell_type: fc.constantFrom("markdown", "raw"), metadata, source }),
);
const notebook = fc
  .record({
    nbformat: fc.constant(4),
    nbformat_minor: fc.constant(5),
    metadata,
    cells: fc.array(cell, { maxLength: 4 }),
  })
  .map(
    (content) =>
      ({
        ...content,
        cells: content.cells.map((each, i) => ({ ...each, id: `cell-${i}` })),
      }) as unknown as NotebookDocument,
  );

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (isTickbookError(error)) return error.code;
    throw error;
  }
  return "(no error)";
}

describe("notebook document", () => {
  it("comes back unchanged from its text", () => {
    fc.assert(
      fc.property(notebook, (document) => {
        expect(parseNotebook(formatNotebook(document))).toEqual(document);
      }),
    );
  });

  it("is written the way Jupyter writes it, and again the same", () => {
    const text = formatNotebook({
      nbformat: 4,
      nbformat_minor: 5,
      metadata: { language_info: { name: "typescript" } },
      cells: [
        {
          cell_type: "code",
          id: "a1",
          metadata: {},
          source: "let a = 1;\na",
          execution_count: 1,
          outputs: [
            {
              output_type: "display_data",
              data: { "image/png": "aGk=\n", "text/html": "<b>\nx" },
              metadata: {},
            },
          ],
        },
      ],
    });
    expect(text).toBe(`{
 "cells": [
  {
   "cell_type": "code",
   "execution_count": 1,
   "id": "a1",
   "metadata": {},
   "outputs": [
    {
     "data": {
      "image/png": "aGk=\\n",
      "text/html": [
       "<b>\\n",
       "x"
      ]
     },
     "metadata": {},
     "output_type": "display_data"
    }
   ],
   "source": [
    "let a = 1;\\n",
    "a"
   ]
  }
 ],
 "metadata": {
  "language_info": {
   "name": "typescript"
  }
 },
 "nbformat": 4,
 "nbformat_minor": 5
}
`);
    expect(formatNotebook(parseNotebook(text))).toBe(text);
  });

  it("gives missing, malformed and repeated ids new ones, the same each time", () => {
    const ids = [undefined, "ok", "ok", "not ok!", undefined];
    const text = JSON.stringify({
      nbformat: 4,
      nbformat_minor: 2,
      metadata: {},
      cells: ids.map((id) => ({ cell_type: "markdown", metadata: {}, source: ["same"], id })),
    });
    const first = parseNotebook(text).cells.map(({ id }) => id);
    expect(parseNotebook(text).cells.map(({ id }) => id)).toEqual(first);
    expect(new Set(first).size).toBe(ids.length);
    expect(first[1]).toBe("ok");
    for (const id of first) expect(id).toMatch(/^[\w-]{1,64}$/);
  });

  it("refuses what is not a notebook, and says what and where", () => {
    expect(codeOf(() => parseNotebook(""))).toBe("notebook.not-json");
    expect(codeOf(() => parseNotebook('{"cells": ['))).toBe("notebook.not-json");
    expect(codeOf(() => parseNotebook("[]"))).toBe("notebook.not-a-notebook");
    expect(codeOf(() => parseNotebook('{"name": "x"}'))).toBe("notebook.not-a-notebook");
    expect(codeOf(() => parseNotebook('{"nbformat": 3, "worksheets": []}'))).toBe(
      "notebook.unsupported-version",
    );
    const broken = { nbformat: 4, cells: [{ cell_type: "code", source: 5 }] };
    expect(() => parseNotebook(JSON.stringify(broken), "a.ipynb")).toThrow(
      "a.ipynb is not a notebook: cells[0].source is neither a text nor a list of lines",
    );
  });
});
