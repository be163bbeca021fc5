/** `tickbook model` as a user runs it. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openModelRegistry } from "#ml";
import { ROOT } from "../../tidy/sources.ts";

const folder = mkdtempSync(join(tmpdir(), "tickbook-model-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function tickbook(...args: string[]) {
  const bin = join(ROOT, "kernel/cli/tickbook.mjs");
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, "model", ...args], {
    cwd: folder,
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

beforeAll(async () => {
  const registry = await openModelRegistry(join(folder, ".tickbook"), () => Date.UTC(2024, 0, 2));
  for (const [content, auc] of [
    ["one", 0.6],
    ["two", Number.NaN],
  ] as const) {
    const bytes = new TextEncoder().encode(content);
    const hash = createHash("sha256").update(bytes).digest("hex");
    await registry.register({
      name: "turn",
      artifact: { kind: "onnx", bytes, hash, inputs: ["a"], features: ["test.a()@1"], window: 1 },
      // As of a model that was made elsewhere: nobody told when or from what.
      lineage: {
        label: "direction(1)",
        dataHash: "",
        from: Number.NaN,
        to: Number.NaN,
        seed: Number.NaN,
        library: "imported",
        code: "",
        study: "",
        parameters: { most: Number.POSITIVE_INFINITY },
      },
      metrics: { auc },
    });
  }
  registry.close();
});

test("lists, shows and compares; a table's lines have the columns of its head", () => {
  const { status, stdout } = tickbook("ls");
  expect(status).toBe(0);
  const [head, ...lines] = stdout.trim().split("\n") as [string, ...string[]];
  expect(lines.map((line) => line.split(/ {2,}/)[0])).toEqual(["turn", "turn"]);
  for (const line of lines) expect(line.slice(head.indexOf("PREDICTS"))).toMatch(/^direction\(1\)/);
  expect(JSON.parse(tickbook("ls", "--json").stdout)).toMatchObject([{ version: 2 }, { version: 1 }]);
  const shown = tickbook("show", "turn", "1").stdout;
  expect(shown).toMatch(/imported, seed unknown[\s\S]*auc +0\.6[\s\S]*most +Infinity[\s\S]*a +test\.a\(\)@1/);
  expect(JSON.parse(tickbook("show", "turn", "--json").stdout)).toMatchObject({ version: 2, history: [{}] });
  expect(tickbook("diff", "turn", "1", "2").stdout).toMatch(/metrics\.auc +0\.6 +NaN/);
  expect(JSON.parse(tickbook("diff", "turn", "1", "1", "--json").stdout)).toEqual([]);
});

test("stages are put, told in the history, and found again; a file is written", () => {
  expect(tickbook("stage", "turn", "1", "champion", "--reason", "by hand").stdout).toBe(
    "turn version 1 is champion now\n",
  );
  expect(tickbook("history", "turn").stdout).toMatch(/turn +1 +staged champion +by hand/);
  expect(JSON.parse(tickbook("history", "--json").stdout)).toHaveLength(3);
  const { stdout } = tickbook("export", "turn", "champion", "-o", "out.onnx", "--json");
  expect(JSON.parse(stdout)).toMatchObject({ bytes: 3 });
  expect(readFileSync(join(folder, "out.onnx"), "utf8")).toBe("one");
});

test.each([
  ["show", "turn", "9"],
  ["show", "trun"],
  ["ls", "trun"],
  ["history", "trun"],
  ["diff", "turn", "1", "challenger"],
  ["stage", "turn", "1", "7"],
  ["stage", "turn", "1", "a/b"],
  ["stage", "turn", "9", "champion"],
  ["show"],
  ["lss"],
  ["ls", "--jsn"],
])("a wrong request ends with 2 and says why: %s", (...args) => {
  const { status, stdout, stderr } = tickbook(...args);
  expect([status, stdout]).toEqual([2, ""]);
  expect(stderr.length).toBeGreaterThan(10);
  if (args.includes("trun")) expect(stderr).toContain('Did you mean "turn"?');
  if (args.at(-1) === "7") expect(stderr).toContain('"7"');
});

test("looking into a folder without models makes nothing there", () => {
  const empty = join(folder, "nothing");
  expect(tickbook("ls", "--home", empty)).toMatchObject({
    status: 0,
    stdout: expect.stringContaining(empty),
  });
  expect(tickbook("ls", "--home", empty, "--json").stdout).toBe("[]\n");
  const { status, stderr } = tickbook("show", "turn", "--home", empty);
  expect([status, stderr]).toEqual([2, expect.stringContaining(empty)]);
  expect(existsSync(empty)).toBe(false);
});
