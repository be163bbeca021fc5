/** The catalog on the command line, and the notebook that shows it, run as a user would. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { FEATURE_CATALOG } from "#features";
import { ROOT } from "../../tidy/sources.ts";

const folder = mkdtempSync(join(tmpdir(), "tickbook-features-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function tickbook(...args: string[]) {
  const bin = join(ROOT, "kernel/cli/tickbook.mjs");
  return spawnSync(process.execPath, [bin, ...args], { cwd: folder, encoding: "utf8" });
}

interface Described {
  readonly id: string;
  readonly group: string;
  readonly params: readonly { readonly name: string; readonly search: { readonly kind: string } }[];
}

it("tickbook features lists the catalog, by group and by text, and shows one whole", () => {
  const all = JSON.parse(tickbook("features", "ls", "--json").stdout) as Described[];
  expect(all.map(({ id }) => id)).toEqual(FEATURE_CATALOG.map(({ id }) => id));
  const momentum = JSON.parse(
    tickbook("features", "ls", "--group", "momentum", "--json").stdout,
  ) as Described[];
  expect(new Set(momentum.map(({ group }) => group))).toEqual(new Set(["momentum"]));
  expect(tickbook("features", "ls", "--search", "relative strength").stdout).toContain("technical.rsi");
  expect(tickbook("features", "show", "rsi").stdout).toMatch(
    /technical\.rsi@\d+ \(TA-Lib RSI\)[\s\S]*Wilder[\s\S]*period\s+2 to 500\s+default 14/,
  );
  const wrong = tickbook("features", "ls", "--group", "momentm");
  expect([wrong.status, wrong.stderr]).toEqual([2, expect.stringContaining('Did you mean "momentum"?')]);
  expect(tickbook("features", "show", "nothing").status).toBe(2);
});

it("notebooks/features.ipynb runs from top to bottom, and its probe finds the five leaks it planted", {
  timeout: 120_000,
}, () => {
  const output = join(folder, "out.ipynb");
  const run = tickbook(
    "run",
    join(ROOT, "notebooks/features.ipynb"),
    "--output",
    output,
    "--home",
    join(folder, "home"),
  );
  expect(run.stderr + run.stdout).toContain("done in");
  expect(run.status).toBe(0);
  const { cells } = JSON.parse(readFileSync(output, "utf8")) as {
    cells: { outputs?: { data?: Record<string, unknown> }[] }[];
  };
  const outputs = cells.flatMap(({ outputs = [] }) => outputs.flatMap(({ data }) => (data ? [data] : [])));
  const texts = outputs.map((data) => [data["text/plain"]].flat().join(""));
  const leaks = texts.find((text) => text.startsWith("The future leaks in"))!;
  expect(
    leaks
      .split("\n")
      .slice(1)
      .map((line) => line.trim().split(" (cell")[0]),
  ).toEqual([
    "tomorrow's close",
    "centred mean of 5",
    "less the mean of the whole sample",
    "figure, by its date",
    "the week's close, during the week",
  ]);
  expect(texts.find((text) => text.startsWith("Nothing reads the future"))).toContain("14 of 14 features");
  expect(texts.find((text) => text.includes("equal:"))).toBe("{ bars: 5105, equal: 5105 }");
  expect(outputs.filter((data) => "application/vnd.plotly.v1+json" in data)).toHaveLength(4);
});
