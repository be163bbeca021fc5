import { mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ROOT } from "../../tidy/sources.ts";
import { KernelClient, type Message, startKernel } from "./kernel.ts";

const TSLAB = createRequire(import.meta.url).resolve("tslab/bin/tslab");

/** What a reader sees of a cell, whichever message brought it. tslab prints the last value, we give it as the result. */
interface Seen {
  /** Standard output and the result's text, one after the other. */
  readonly text: string;
  readonly stderr: string;
  /** Displayed bundles; `same` tells which of them share an output. */
  readonly shown: readonly { readonly data: unknown; readonly update: boolean; readonly same: number }[];
}

function seen(messages: readonly Message[]): Seen {
  const ids: unknown[] = [];
  const text = (name: string) =>
    messages.flatMap(({ type, content }) =>
      type === "stream" && content.name === name ? [content.text] : [],
    );
  const results = messages.flatMap(({ type, content }) =>
    type === "execute_result" ? [`${String(content.data["text/plain"])}\n`] : [],
  );
  const shown = messages.flatMap(({ type, content }) => {
    if (type !== "display_data" && type !== "update_display_data") return [];
    const id: unknown = content.transient?.display_id;
    if (id !== undefined && !ids.includes(id)) ids.push(id);
    return [{ data: content.data as unknown, update: type === "update_display_data", same: ids.indexOf(id) }];
  });
  return { text: [...text("stdout"), ...results].join(""), stderr: text("stderr").join(""), shown };
}

/** Notebooks as people write them for tslab, one cell after the other. */
const NOTEBOOKS: readonly (readonly [name: string, cells: readonly string[]])[] = [
  [
    "language",
    [
      "let x: number = 10;\nx + 5",
      "const { a, ...rest } = { a: 1, b: 2, c: [1, 2] };\nrest",
      "enum Color { Red, Green }\nColor.Green",
      "namespace Shapes { export const sides = 4; }\nShapes.sides",
      "interface Point { x: number; y: number }\nfunction norm({ x, y }: Point): number { return Math.hypot(x, y); }\nnorm({ x: 3, y: 4 })",
      "class Counter { private n = 0; up(): this { this.n++; return this; } get value() { return this.n; } }\nconst counter = new Counter().up();",
      "counter.up().value",
      "const late = await new Promise<number>((resolve) => setTimeout(() => resolve(42), 5));\nlate",
      "let again = 1;",
      "let again = 'two'.length;\nagain",
      "const squares = [1, 2, 3].map((n) => n * n);\nsquares",
      "for (const n of [1, 2, 3]) console.log(n);",
      "console.log('out');\nconsole.error('err');",
      "new Map([['k', { deep: [1, 2] }]])",
      "x as unknown as bigint satisfies unknown;\ntypeof x === 'number'",
    ],
  ],
  [
    "imports",
    [
      'import * as fs from "fs";\nimport { join } from "path";\nfs.existsSync(join("/", "."))',
      'import { twice } from "./helper";\ntwice(21)',
      "/** @module shared */\nexport const answer: number = 41;\nexport function plus(n: number): number { return answer + n; }",
      'import { plus } from "./shared";\nplus(1)',
      "const { answer } = await import('./shared');\nanswer",
    ],
  ],
  [
    "display",
    [
      'import * as tslab from "tslab";\ntslab.display.html("<b>bold</b>");',
      'tslab.display.markdown("# Title");\ntslab.display.latex("$x^2$");\ntslab.display.javascript("1");\ntslab.display.text("plain");',
      'tslab.display.svg("<svg></svg>");\ntslab.display.raw("application/json", "{}");',
      "tslab.display.png(Uint8Array.from([137, 80, 78, 71]));\ntslab.display.jpeg(Buffer.from([255, 216]));\ntslab.display.gif(Buffer.from('GIF'));\ntslab.display.pdf(Buffer.from('%PDF'));",
      'const shown = tslab.newDisplay();\nshown.text("first");\nshown.html("second");',
      'shown.text("third");\nconst other = tslab.newDisplay();\nother.text("of its own");',
      'import { display, newDisplay } from "tslab";\ndisplay.html("by name");\ntypeof newDisplay === "function"',
      "Object.keys(tslab.versions).sort()",
      "tslab.versions.node === process.version",
    ],
  ],
];

describe("notebooks that were written for tslab", () => {
  let folder: string;
  let ours: KernelClient;
  let theirs: KernelClient;

  beforeAll(async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), "tickbook-tslab-")));
    symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
    writeFileSync(join(folder, "helper.ts"), "export const twice = (n: number): number => 2 * n;\n");
    const argv = (file: string) => [process.execPath, TSLAB, "kernel", `--config-path=${file}`];
    [ours, theirs] = await Promise.all([
      startKernel({ cwd: folder }),
      KernelClient.start(argv, { cwd: folder }),
    ]);
    await Promise.all([ours.ready(), theirs.ready()]);
  });

  afterAll(async () => {
    await Promise.all([ours?.close(), theirs?.close()]);
    rmSync(folder, { recursive: true, force: true });
  });

  it.each(NOTEBOOKS)("show what they show there: %s", { timeout: 120_000 }, async (_name, cells) => {
    for (const cell of cells) {
      const [own, their] = [await ours.execute(cell), await theirs.execute(cell)];
      expect(own.reply.content.status, cell).toBe("ok");
      expect(their.reply.content.status, cell).toBe("ok");
      expect(seen(own.iopub), cell).toEqual(seen(their.iopub));
    }
  });

  it("get from us what tslab does not give: results, errors with name and trace, nulls", async () => {
    const { iopub, reply } = await ours.execute("null");
    expect(iopub.find(({ type }) => type === "execute_result")?.content.data["text/plain"]).toBe("null");
    expect(reply.content.status).toBe("ok");
    const broken = await ours.execute("const f = () => { throw new RangeError('too far'); };\nf()");
    const theirBroken = await theirs.execute("const f = () => { throw new RangeError('too far'); };\nf()");
    expect(broken.reply.content).toMatchObject({ status: "error", ename: "RangeError", evalue: "too far" });
    expect(seen(theirBroken.iopub).stderr).toContain("RangeError: too far");
  });
});
