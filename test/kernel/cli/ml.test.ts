/** The notebooks of machine learning, run as a user would, and what they leave in the registry. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { ROOT } from "../../tidy/sources.ts";

const folder = mkdtempSync(join(tmpdir(), "tickbook-ml-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function tickbook(...args: string[]) {
  const bin = join(ROOT, "kernel/cli/tickbook.mjs");
  return spawnSync(process.execPath, [bin, ...args], { cwd: folder, encoding: "utf8" });
}

/** What the cells of an executed notebook show, as text, and how many figures. */
function shown(path: string) {
  const { cells } = JSON.parse(readFileSync(path, "utf8")) as {
    cells: { outputs?: { data?: Record<string, unknown> }[] }[];
  };
  const outputs = cells.flatMap(({ outputs = [] }) => outputs.flatMap(({ data }) => (data ? [data] : [])));
  return {
    texts: outputs.map((data) => [data["text/plain"]].flat().join("")),
    figures: outputs.filter((data) => "application/vnd.plotly.v1+json" in data).length,
  };
}

it("notebooks/ml.ipynb goes from features to a validated, exported, backtested and registered model", {
  timeout: 180_000,
}, () => {
  const [output, home] = [join(folder, "out.ipynb"), join(folder, "home")];
  const run = tickbook("run", join(ROOT, "notebooks/ml.ipynb"), "--output", output, "--home", home);
  expect(run.stderr + run.stdout).toContain("done in");
  expect(run.stderr).not.toContain("Types that do not fit");
  expect(run.status).toBe(0);
  const { texts, figures } = shown(output);
  expect(figures).toBe(10);
  // Risk can be told: the interval of the AUC lies above one half.
  const scores = texts.find((text) => text.startsWith("Cross-validation"))!;
  const [, low] = /auc +[\d.]+ +\(95 %: ([\d.]+) to/.exec(scores)!;
  expect(Number(low)).toBeGreaterThan(0.5);
  const parity = texts.find((text) => text.includes("otherClass"))!;
  expect(parity).toContain("otherClass: 0");
  expect(texts.find((text) => text.includes("window: 20"))).toContain("passed: true");
  expect(texts.find((text) => text.startsWith("Backtest of calm-trees"))).toMatch(/Trades +[1-9]/);
  const [version] = JSON.parse(tickbook("model", "ls", "--json", "--home", home).stdout) as {
    name: string;
    stages: string[];
    hash: string;
  }[];
  expect(version).toMatchObject({ name: "calm-trees", stages: ["champion"] });
  const file = join(folder, "calm.onnx");
  expect(tickbook("model", "export", "calm-trees", "champion", "-o", file, "--home", home).stdout).toContain(
    version!.hash,
  );
});

it("notebooks/retrain.ipynb crowns the first model, holds later ones against it, and can be promoted", {
  timeout: 240_000,
}, () => {
  const [output, home] = [join(folder, "retrain.ipynb"), join(folder, "retrain")];
  const outcomes = ["2010", "2014"].map((today) => {
    const notebook = join(ROOT, "notebooks/retrain.ipynb");
    const run = tickbook("run", notebook, "-p", "today", today, "--output", output, "--home", home);
    expect(run.status, run.stderr).toBe(0);
    return shown(output).texts.find((text) => text.startsWith("calm version"))!;
  });
  expect(outcomes[0]).toContain("calm version 1: first");
  expect(outcomes[1]).toMatch(/calm version 2: (kept|promoted)[\s\S]*better in \d+ % of resamples/);
  const history = JSON.parse(
    tickbook("model", "history", "calm", "--json", "--home", home).stdout,
  ) as object[];
  expect(history.length).toBeGreaterThanOrEqual(3);
  const [record] = /record +([0-9a-f]{64})/
    .exec(
      tickbook(
        "run",
        join(ROOT, "notebooks/retrain.ipynb"),
        "-p",
        "today",
        "2014",
        "-o",
        output,
        "--home",
        home,
      ).stdout,
    )!
    .slice(1);
  const promoted = tickbook("promote", record!, "--home", home);
  expect(promoted.stderr + promoted.stdout).toMatch(/signed|bundle/);
  expect(promoted.status).toBe(0);
});
