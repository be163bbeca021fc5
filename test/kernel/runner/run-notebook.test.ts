import { mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isTickbookError } from "#core";
import { type CodeCell, parseNotebook, tagsOf } from "#notebook";
import { drawRun, type RunEvent, type RunOptions, runNotebook } from "#runner";

let root: string;

beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), "tickbook-runner-")));
  await symlink(fileURLToPath(new URL("../../../node_modules", import.meta.url)), join(root, "node_modules"));
});

afterAll(() => rm(root, { recursive: true }));

type Cell =
  | string
  | { readonly source: string; readonly tags?: readonly string[]; readonly kind?: "markdown" };

let count = 0;

/** Writes a notebook of these cells. */
async function notebook(...cells: Cell[]): Promise<string> {
  const path = join(root, `nb-${++count}.ipynb`);
  const content = cells.map((cell) => {
    const { source, tags, kind = "code" } = typeof cell === "string" ? { source: cell } : cell;
    const metadata = tags ? { tags } : {};
    return kind === "code"
      ? { cell_type: kind, source, metadata, outputs: [], execution_count: null }
      : { cell_type: kind, source, metadata };
  });
  await writeFile(path, JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells: content }));
  return path;
}

async function runCells(cells: Cell[], options: Partial<RunOptions> = {}) {
  const path = await notebook(...cells);
  const output = path.replace(".ipynb", ".out.ipynb");
  const events: RunEvent[] = [];
  const result = await runNotebook({ path, output, onEvent: (event) => events.push(event), ...options });
  const document = parseNotebook(await readFile(output, "utf8"));
  expect(document).toEqual(JSON.parse(JSON.stringify(result.document)));
  const code = document.cells.filter((cell): cell is CodeCell => cell.cell_type === "code");
  return { result, events, document, code };
}

async function refusal(options: RunOptions) {
  try {
    await runNotebook(options);
  } catch (error) {
    if (isTickbookError(error)) return error;
    throw error;
  }
  throw new Error("no error");
}

describe("notebook run", () => {
  it("keeps state across cells and writes outputs as Jupyter does", async () => {
    const { result, code, document } = await runCells([
      { source: "# Load", kind: "markdown" },
      "interface Bar { close: number }\nconst bars: Bar[] = [{ close: 2 }]\nconsole.log('one'); console.log('two'); console.error('three')",
      "display({ [Symbol.for('Jupyter.display')]: () => ({ 'text/html': '<b>' }) })\nbars[0].close * 21",
    ]);
    expect(result).toMatchObject({ status: "ok", exitCode: 0 });
    expect(code.map((cell) => cell.execution_count)).toEqual([1, 2]);
    expect(code.map((cell) => cell.outputs)).toEqual([
      [
        { output_type: "stream", name: "stdout", text: "one\ntwo\n" },
        { output_type: "stream", name: "stderr", text: "three\n" },
      ],
      [
        {
          output_type: "display_data",
          data: { "text/html": "<b>", "text/plain": "text/html" },
          metadata: {},
        },
        { output_type: "execute_result", execution_count: 2, data: { "text/plain": "42" }, metadata: {} },
      ],
    ]);
    expect(document.metadata.papermill).toMatchObject({
      exception: null,
      parameters: {},
      version: "tickbook 0.1.0",
    });
    expect(code[0]!.metadata.papermill).toMatchObject({ status: "completed", exception: false });
  });

  it("tells what happens in order, and draws it as one line per cell", async () => {
    const lines: string[] = [];
    const stream = { write: (text: string) => lines.push(text) > 0 } as unknown as NodeJS.WritableStream;
    const draw = await drawRun({ stream });
    const kinds: string[] = [];
    await runCells(
      [
        { source: "## Data ##\ntext", kind: "markdown" },
        "const x = 1",
        "// Train the net\nconst session = (globalThis as any)[Symbol.for('tickbook.session/1')]\nsession.startProgress('epochs', 3).end()\nsession.record({ kind: 'training', value: new Float64Array(3) })",
        { source: "skipped()", tags: ["skip-execution"] },
      ],
      {
        onEvent: (event) => {
          kinds.push(event.kind);
          draw(event);
        },
      },
    );
    expect(kinds.filter((kind, i) => kind !== kinds[i - 1])).toEqual([
      "run-started",
      "cell-started",
      "cell-finished",
      "cell-started",
      "progress",
      "fact-recorded",
      "cell-finished",
      "run-finished",
    ]);
    expect(lines.join("").replace(/ +\d+\.\d\d s/g, " T")).toBe(
      "[1/2]  ok T  Data\n[2/2]  ok T  Train the net\n[-/2]  skipped T  skipped()\ndone in T\n",
    );
  });

  it("delivers all of 100,000 printed lines", async () => {
    const { code } = await runCells(["for (let i = 0; i < 100_000; i++) console.log('line ' + i)"]);
    const [output] = code[0]!.outputs;
    const text = output?.output_type === "stream" ? output.text : "";
    expect(text.split("\n")).toEqual([...Array.from({ length: 100_000 }, (_, i) => `line ${i}`), ""]);
  });

  it("replaces a display of the same id in place", async () => {
    const { code } = await runCells(["display(1, { id: 'p' })", "display(2, { id: 'p', update: true })"]);
    expect(
      code.map((cell) => cell.outputs.map((output) => "data" in output && output.data["text/plain"])),
    ).toEqual([["2"], []]);
  });

  it("carries facts with large typed arrays", async () => {
    const source =
      "(globalThis as any)[Symbol.for('tickbook.session/1')].record({ kind: 'training', value: { close: Float64Array.from({ length: 1e6 }, (_, i) => i), print() {} } })";
    const { result } = await runCells([source]);
    const value = result.facts[0]!.fact.value as { close: Float64Array };
    expect(Object.keys(value)).toEqual(["close"]);
    expect(value.close).toBeInstanceOf(Float64Array);
    expect([value.close.length, value.close[999_999]]).toEqual([1_000_000, 999_999]);
  });

  it("includes what child processes and native code write", async () => {
    const { code } = await runCells([
      "import { execSync } from 'node:child_process'\nexecSync('echo from a child', { stdio: 'inherit' })",
    ]);
    expect(code[0]!.outputs).toContainEqual({
      output_type: "stream",
      name: "stdout",
      text: "from a child\n",
    });
  });

  it("does nothing for an empty notebook and one of text only", async () => {
    for (const cells of [[], [{ source: "# only text", kind: "markdown" }] as const, ["", "  \n"]]) {
      const { result, code } = await runCells([...cells]);
      expect(result).toMatchObject({ status: "ok", exitCode: 0, cells: [] });
      expect(code.every((cell) => cell.execution_count === null)).toBe(true);
    }
  });
});

describe("parameters", () => {
  const declared = { source: "const rate: number = 1 // per year\nconst who = 'a'", tags: ["parameters"] };

  it("override the defaults by an injected cell, and stand in the metadata", async () => {
    const { code, document } = await runCells([declared, "[rate, who]"], { parameters: { rate: "2.5" } });
    expect(code.map((cell) => tagsOf(cell))).toEqual([["parameters"], ["injected-parameters"], []]);
    expect(code[2]!.outputs).toMatchObject([{ data: { "text/plain": "[ 2.5, 'a' ]" } }]);
    expect(document.metadata.papermill).toMatchObject({
      parameters: { rate: 2.5 },
      default_parameters: { rate: 1, who: "a" },
    });
  });

  it("that are unknown or do not fit stop the run before it writes anything", async () => {
    const path = await notebook(declared);
    const output = join(root, "never.ipynb");
    expect((await refusal({ path, output, parameters: { raet: 1 } })).code).toBe("runner.unknown-parameter");
    expect((await refusal({ path, output, parameters: { rate: "x" } })).code).toBe("runner.bad-parameter");
    expect(await readdir(root)).not.toContain("never.ipynb");
  });
});

describe("a failing cell", () => {
  it("stops the run, is marked, and the marks go when the output is run again", async () => {
    const { result, document, code } = await runCells([
      "1",
      "type T = number\n\nconst f = (x: T) => missing\nf(1)",
      "3",
    ]);
    expect(result).toMatchObject({ status: "failed", exitCode: 1 });
    expect(result.error).toMatchObject({
      name: "ReferenceError",
      cell: 2,
      line: 3,
      sourceLine: "const f = (x: T) => missing",
    });
    expect(code[1]!.outputs).toMatchObject([
      { output_type: "error", ename: "ReferenceError", evalue: "missing is not defined" },
    ]);
    expect(code[2]!.execution_count).toBeNull();
    expect(document.metadata.papermill).toMatchObject({ exception: true });
    expect(document.cells.filter((cell) => tagsOf(cell).includes("papermill-error-cell-tag"))).toHaveLength(
      2,
    );
    const again = await runNotebook({ path: result.outputPath });
    expect(again.document.cells).toHaveLength(document.cells.length);
  });

  it("is reported at the line that threw, wherever that is", async () => {
    const fillers = [
      "",
      "  // note",
      "interface I { a: number;\n  b?: string }",
      "type Fn<T> = (\n  x: T,\n) => void;",
      "const list: Array<number> = [\n  1,\n\n  2,\n];",
      "enum Kind { A, B }",
      "class Box<T> {\n  constructor(private readonly value: T) {}\n\n  get(): T { return this.value; }\n}",
      "const text = `a\nb\n`;",
      "const run = async (\n  x: number,\n): Promise<number> => {\n  return x satisfies number;\n};\nawait run(1);",
      "for (const x of [1, 2] as const) {\n  void x;\n}",
      "declare const later: string;",
      'import { type ZodType } from "zod";',
    ];
    const thrower = fc.constantFrom<readonly [string, number]>(
      ["throw new Error('here' as string);", 0],
      [
        "const fail = (n: number): never => {\n  throw new Error(\n    'here' + n,\n  );\n};\n\nfail(\n  1,\n);",
        1,
      ],
      ["await (async <T,>(x: T) => {\n  await 1;\n\n  throw new Error('here');\n})(1);", 3],
      ["[1, 2]\n  .map((x: number) => x)\n  .forEach((x) => {\n    throw new Error('here');\n  });", 3],
      [
        "class Thrower {\n  private x?: number;\n\n  go(this: Thrower): void { throw new Error('here'); }\n}\nnew Thrower()\n  .go();",
        3,
      ],
      ["function* gen(): Generator<number> {\n\n  throw new Error('here');\n}\nfor (const _ of gen()) {}", 2],
    );
    const failing = fc
      .tuple(fc.shuffledSubarray(fillers), thrower, fc.nat({ max: fillers.length }))
      .map(([parts, [source, offset], place]) => {
        const before = parts.slice(0, place);
        const line = before.join("\n").split("\n").length + (before.length > 0 ? 1 : 0) + offset;
        return { source: [...before, source, ...parts.slice(place)].join("\n"), line };
      });
    await fc.assert(
      fc.asyncProperty(fc.array(failing, { minLength: 1, maxLength: 12 }), async (cells) => {
        const { result } = await runCells(
          cells.map(({ source }) => ({ source, tags: ["raises-exception"] })),
        );
        expect(
          result.cells.map(({ error }) => [error?.message.slice(0, 4), error?.cell, error?.line]),
        ).toEqual(cells.map(({ line }, index) => ["here", index + 1, line]));
      }),
      { numRuns: 12 },
    );
  });

  it("with a syntax error shows the place", async () => {
    const { result } = await runCells(["const ok = 1", "\nconst = 2"]);
    expect(result.error).toMatchObject({
      name: "SyntaxError",
      cell: 2,
      line: 2,
      column: 7,
      sourceLine: "const = 2",
    });
  });

  it("may fail when it says so, and process.exit(0) ends the run well", async () => {
    const expected = await runCells([
      { source: "throw new Error('x')", tags: ["raises-exception"] },
      "2",
      "process.exit(0)",
      "3",
    ]);
    expect(expected.result).toMatchObject({ status: "ok", exitCode: 0 });
    expect(expected.result.cells.map(({ status }) => status)).toEqual(["expected-error", "ok", "ok"]);
    const exited = await runCells(["process.exit(3)"]);
    expect(exited.result).toMatchObject({
      status: "failed",
      exitCode: 1,
      error: { name: "SystemExit", exitCode: 3 },
    });
  });

  it("counts also when nobody awaited its promise or its timer fired after the last cell", async () => {
    for (const source of [
      "Promise.reject(new Error('late'))",
      "setTimeout(() => { throw new Error('late') }, 20);",
    ]) {
      const { result, code } = await runCells([source]);
      expect(result).toMatchObject({
        status: "failed",
        exitCode: 1,
        error: { message: "late", cell: 1, line: 1 },
      });
      expect(code[0]!.outputs).toContainEqual(
        expect.objectContaining({ output_type: "error", evalue: "late" }),
      );
    }
  });
});

describe("a run that cannot go on", () => {
  it("ends with 124 at its time limit, and keeps every line printed before", async () => {
    const { result, code } = await runCells(["1", "console.log('a'); console.log('b')\nfor (;;) {}"], {
      timeoutMs: 600,
    });
    expect(result).toMatchObject({
      status: "timed-out",
      exitCode: 124,
      error: { cell: 2, code: "runner.timed-out" },
    });
    expect(code[1]!.outputs).toMatchObject([
      { output_type: "stream", text: "a\nb\n" },
      { output_type: "error", ename: "TimedOut" },
    ]);
  });

  it("ends with 138 when the process is killed, and keeps what was done", async () => {
    const { result, code } = await runCells([
      "'kept'",
      "console.log('last words'); process.kill(process.pid, 'SIGKILL'); await new Promise((r) => setTimeout(r, 5000))",
    ]);
    expect(result).toMatchObject({
      status: "kernel-died",
      exitCode: 138,
      error: { cell: 2, code: "runner.kernel-died" },
    });
    expect(result.error?.message).toContain("SIGKILL");
    expect(code[0]!.outputs).toHaveLength(1);
    expect(code[1]!.outputs[0]).toMatchObject({ text: "last words\n" });
  });

  it("ends with 130 when it is interrupted", async () => {
    const stop = new AbortController();
    const { result } = await runCells(["await new Promise((r) => setTimeout(r, 60_000))"], {
      signal: stop.signal,
      onEvent: (event) => event.kind === "cell-started" && stop.abort(),
    });
    expect(result).toMatchObject({ status: "interrupted", exitCode: 130 });
  });

  it("fails when a cell waits for what can never happen", async () => {
    const { result } = await runCells(["await new Promise(() => {})"]);
    expect(result).toMatchObject({
      status: "failed",
      exitCode: 1,
      error: { code: "session.stuck", cell: 1 },
    });
  });

  it("ends although cells left timers, and hears them for a moment", async () => {
    const { result, code } = await runCells([
      "setInterval(() => {}, 1000)\nsetTimeout(() => console.log('after'), 20)\nundefined",
    ]);
    expect(result.status).toBe("ok");
    expect(code[0]!.outputs).toMatchObject([{ text: "after\n" }]);
  });
});

describe("refused before the first cell", () => {
  it("is a file that is missing or no notebook", async () => {
    expect((await refusal({ path: join(root, "absent.ipynb") })).code).toBe("runner.no-notebook");
    const folder = { path: await notebook("1"), cwd: join(root, "absent") };
    expect((await refusal(folder)).code).toBe("runner.no-folder");
    const path = join(root, "text.ipynb");
    await writeFile(path, "hello");
    expect((await refusal({ path })).code).toBe("notebook.not-json");
    expect(await readdir(root)).not.toContain("text.executed.ipynb");
  });

  it("is an output that cannot be written, with nothing left behind", async () => {
    const path = await notebook("1");
    const folder = join(root, `taken-${count}`);
    await writeFile(folder, "a file, not a folder");
    expect((await refusal({ path, output: join(folder, "out.ipynb") })).code).toBe("storage.unwritable");
    expect((await refusal({ path, output: root })).code).toBe("storage.unwritable");
    expect(await readFile(folder, "utf8")).toBe("a file, not a folder");
    expect((await readdir(join(root, ".."))).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });
});
