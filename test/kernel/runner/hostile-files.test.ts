import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isTickbookError } from "#core";
import { parseNotebook } from "#notebook";
import { type RunOptions, runNotebook, runWithRetries } from "#runner";
import { temporaryFolder } from "../../temporary-folder.ts";

function notebookText(sources: readonly string[], metadata: object = {}): string {
  const cells = sources.map((source, i) => ({
    ...{ cell_type: "code", id: `c${i}`, execution_count: null, outputs: [], source },
    metadata: i === 0 ? { tags: ["parameters"] } : {},
  }));
  return JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata, cells });
}

const codeOf = (options: RunOptions) =>
  runNotebook(options).then(
    ({ status }) => status,
    (error: unknown) => (isTickbookError(error) ? error.code : String(error)),
  );

describe("a notebook", { timeout: 60_000 }, () => {
  it("whose metadata holds Python's NaN and infinities runs, and texts that look like them stay", async () => {
    const folder = temporaryFolder();
    const path = join(folder, "nb.ipynb");
    const text = notebookText(["", 'console.log("NaN, -Infinity \\\\")'], { a: "@", b: ["@", "x: NaN"] });
    writeFileSync(path, text.replace('"@"', "NaN").replace('"@"', "-Infinity"));
    const { status, document, outputPath } = await runNotebook({ path });
    expect(status).toBe("ok");
    expect(document.metadata).toMatchObject({ a: null, b: [null, "x: NaN"] });
    expect(document.cells[1]).toMatchObject({ outputs: [{ text: "NaN, -Infinity \\\n" }] });
    expect(() => JSON.parse(readFileSync(outputPath, "utf8"))).not.toThrow();
  });

  it("of another language, or that is no UTF-8, is refused before anything is written", async () => {
    const folder = temporaryFolder();
    const path = join(folder, "nb.ipynb");
    const refused = (metadata: object) => {
      writeFileSync(path, notebookText(["", "1"], metadata));
      return codeOf({ path });
    };
    const python = { kernelspec: { name: "python3", display_name: "Python 3", language: "python" } };
    expect(await refused(python)).toBe("runner.other-language");
    expect(await refused({ language_info: { name: "R" } })).toBe("runner.other-language");
    writeFileSync(path, Buffer.from(notebookText(["", "'a\u0001'"]).replace("\\u0001", "\u00ff"), "latin1"));
    expect(await codeOf({ path })).toBe("notebook.not-json");
    expect(readdirSync(folder)).toEqual(["nb.ipynb"]);
    const ours = { kernelspec: { name: "tslab", language: "typescript" }, language_info: { name: "python" } };
    expect(await refused(ours)).toBe("ok");
  });
});

describe("paths of a run", { timeout: 60_000 }, () => {
  it("the report's is a template too, and is refused early where it cannot be written", async () => {
    const folder = temporaryFolder();
    const path = join(folder, "nb.ipynb");
    writeFileSync(path, notebookText(["const n: number = 3", "throw new Error('x')"]));
    const reportTo = (name: string): RunOptions => ({
      ...{ path, output: join(folder, "out.ipynb") },
      report: { path: join(folder, name), render: async () => "page" },
    });
    const { reportPath } = await runNotebook(reportTo("r-{n}.html"));
    expect(reportPath).toBe(join(folder, "r-3.html"));
    expect(readFileSync(reportPath!, "utf8")).toBe("page");
    mkdirSync(join(folder, "d"));
    writeFileSync(join(folder, "out.ipynb"), "before");
    expect(await codeOf(reportTo("d"))).toBe("storage.unwritable");
    expect(await codeOf(reportTo("nb.ipynb"))).toBe("runner.same-file");
    expect(await codeOf(reportTo("out.ipynb"))).toBe("runner.same-file");
    expect(await codeOf(reportTo("out.ipynb/r.html"))).toBe("storage.unwritable");
    expect(await codeOf(reportTo("{m}.html"))).toBe("runner.bad-template");
    expect(readFileSync(join(folder, "out.ipynb"), "utf8")).toBe("before");
  });

  it("a notebook that is written over itself is repeated like any other", async () => {
    const folder = temporaryFolder();
    const path = join(folder, "nb.ipynb");
    writeFileSync(path, notebookText(["const n: number = 3", "throw new Error('x' + n)"]));
    const options = { path, output: path, parameters: { n: 4 } };
    const end = await runWithRetries(options, { retries: 1, retryDelayMs: 0 });
    expect(end).toMatchObject({ status: "failed", attempt: 2, error: { message: "x4" } });
    expect(existsSync(join(folder, "nb.attempt1.ipynb"))).toBe(true);
    const sources = parseNotebook(readFileSync(path, "utf8")).cells.map(({ source }) => source);
    expect(sources.filter((source) => source.includes("throw"))).toHaveLength(1);
  });
});

it("what changes in an earlier cell is in the next writing of the notebook", {
  timeout: 60_000,
}, async () => {
  const folder = temporaryFolder();
  const path = join(folder, "nb.ipynb");
  const sources = [
    "",
    'import { display } from "tslab"\nconst shown = (await import("tslab")).newDisplay()\nshown.html("<b>old</b>")',
    "console.log('later')",
    'shown.html("<b>new</b>")',
    "setTimeout(() => console.log('late'), 0); await new Promise((r) => setTimeout(r, 50))",
  ];
  writeFileSync(path, notebookText(sources));
  const written: string[] = [];
  const { status, document, outputPath } = await runNotebook({
    path,
    onEvent: ({ kind }) => {
      if (kind === "cell-started") written.push(readFileSync(outputOf(path), "utf8"));
    },
  });
  expect(status).toBe("ok");
  const shown = written.map((text) =>
    JSON.stringify(parseNotebook(text).cells[1], ["outputs", "data", "text/html"]),
  );
  expect(shown.at(-2)).toContain("<b>old</b>");
  expect(shown.at(-1)).toContain("<b>new</b>");
  expect(shown.at(-1)).not.toContain("<b>old</b>");
  const last = parseNotebook(readFileSync(outputPath, "utf8"));
  expect(last).toEqual(JSON.parse(JSON.stringify(document)));
});

const outputOf = (path: string) => path.replace(/\.ipynb$/, ".executed.ipynb");
