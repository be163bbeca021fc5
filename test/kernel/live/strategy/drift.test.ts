/** Drift is measured in the strategy's process, beside its decisions, and never has a say in them. */
import * as fc from "fast-check";
import { expect, it } from "vitest";
import type { Golden } from "#backtest";
import { createRng, decodeValue, encodeValue } from "#core";
import { modelFile } from "#exports";
import { baselineOf, type Drift, driftOf } from "#ml";
import { GOLDEN } from "../../../../exports/strategy/bundle/manifest.ts";
import { barAt } from "../../../../exports/strategy/verify/bar-at.ts";
import { type ModelStatus, modelStatus } from "../../../../kernel/live/model-status.ts";
import { DRIFT_ROWS, DriftWatch } from "../../../../kernel/live/strategy/drift-watch.ts";
import { promotedWindowed } from "../../../exports/strategy/windowed.ts";
import { bundleOf, errorOf, fallenWall, REQUEST, START, startProcess } from "./bundles.ts";

const column = (seed: number, length: number, from = 0) => {
  const rng = createRng(seed);
  return Float64Array.from({ length }, () => from + rng.nextNormal());
};

it("measures the last 500 rows of each instrument together, a few columns after each decision", () => {
  const same = fc.property(
    fc.integer({ min: 1, max: 12 }),
    fc.integer({ min: 1, max: 3 }),
    fc.integer({ min: 0, max: 1200 }),
    fc.nat(),
    (inputs, instruments, rows, seed) => {
      const names = Array.from({ length: inputs }, (_, j) => `x${j}`);
      const baseline = baselineOf([...names, "prediction"].map((_, j) => column(j, 300)));
      const measured = new Map<string, readonly Drift[]>();
      const watch = new DriftWatch(
        ["a", "b"].map((name) => ({ name, inputs: names, baseline })),
        (model, lines) => measured.set(model, lines),
      );
      watch.start(instruments);
      const fed = Array.from({ length: instruments }, (_, i) =>
        [...names, "prediction"].map((_, j) => column(seed + 31 * i + j, rows)),
      );
      fed.forEach((columns, i) => {
        for (let n = 0; n < rows; n++) {
          const row = Float64Array.from(names, (_, j) => columns[j]![n]!);
          for (const model of [0, 1]) {
            watch.addRow(i, model, row);
            watch.addPrediction(i, model, columns[inputs]![n]!);
          }
        }
      });
      for (let step = 0; step < 20; step++) watch.step();
      const pooled = [...names, "prediction"].map((_, j) =>
        Float64Array.from(fed.flatMap((columns) => [...columns[j]!.slice(-DRIFT_ROWS)])),
      );
      expect(measured.get("a")).toEqual(driftOf(baseline, names, pooled));
      expect(measured.get("b")).toEqual(measured.get("a"));
    },
  );
  expect(fc.check(same, { numRuns: 30 })).toMatchObject({ failed: false });
});

it("says in a word how far a model's rows have moved, and nothing of too few", () => {
  const baseline = baselineOf([column(1, 4000), column(2, 4000)]);
  const statusOf = (rows: number, from: number): ModelStatus => {
    const lines = driftOf(baseline, ["x"], [column(3, rows, from), column(4, Math.min(rows, 10))]);
    const manifest = { models: { up: { hash: "", inputs: ["x"], features: [], tolerance: 1 } } };
    return modelStatus(manifest, { modelFailures: {}, instruments: [] }, new Map([["up", lines]]))[0]!;
  };
  expect(statusOf(500, 0).drift).toMatchObject({ word: "steady", rows: 500 });
  expect(statusOf(500, 0.38).drift).toMatchObject({ word: "moved" });
  expect(statusOf(500, 2).drift).toMatchObject({ word: "moved far", psi: expect.any(Number) });
  expect(statusOf(100, 2).drift).toMatchObject({ word: "too few rows", psi: null });
  expect(JSON.parse(JSON.stringify(statusOf(0, 0)))).toEqual(statusOf(0, 0));
});

it("is told by the process unasked: shifted bars move it, and its decisions stay what they were", async () => {
  const { bundle } = await promotedWindowed();
  const golden = decodeValue(new TextDecoder().decode(bundle.files.get(GOLDEN)!)) as Golden;
  const words = async (calm: boolean) => {
    const running = await startProcess({ bundle });
    await running.start({
      instruments: golden.instruments.map(({ instrument }) => ({ instrument })),
      memory: golden.memory,
    });
    // From the middle on each bar moves as ten did.
    const bars = golden.instruments.map(({ bars: own }) =>
      Array.from({ length: 400 }, (_, n) => {
        const [time, ...prices] = barAt(own, n);
        const scale = calm ? 1 : 1 + 0.1 * Math.sin(n * 1.7);
        return [time!, ...prices.slice(0, 4).map((price) => price * scale), prices[4]!];
      }),
    );
    await running.warmUp(bars.map((list) => list.slice(0, 360)));
    const { view } = golden.decisions[0]!;
    for (let n = 360; n < 400; n++)
      await running.decide({ bars: bars.map((list) => list[n]), started: [1, 1], view });
    const stored = encodeValue(await running.snapshot());
    expect(stored).not.toContain("drift");
    const status = modelStatus(bundle.manifest, { modelFailures: {}, instruments: [] }, running.drift);
    expect(status.map(({ name }) => name).sort()).toEqual(["far", "near"]);
    return status.map(({ drift }) => {
      expect(drift!.rows).toBeGreaterThanOrEqual(720);
      const ret = drift!.lines.find(({ name }) => name === "ret")!;
      return ret.psi!;
    });
  };
  const [calm, wild] = [await words(true), await words(false)];
  for (const [m, psi] of wild.entries()) expect(psi).toBeGreaterThan(2 * calm[m]!);
});

it.each([
  ["of a model that it has not", '{ model: "none", lines: [] }'],
  ["without numbers", '{ model: "up", lines: [{ name: "r" }, { name: "prediction" }] }'],
  ["of other lines", '{ model: "up", lines: [] }'],
])("a process that tells of drift %s is ended", async (_, report) => {
  const { manifest, files } = bundleOf("0");
  const up = { hash: "h", inputs: ["r"], features: [], tolerance: 1 };
  const bundle = {
    manifest: { ...manifest, models: { up } },
    files: new Map(files).set(modelFile("h"), new Uint8Array(1)),
  };
  const opened = "reply({ ok: { permissions: true, network: true } }); await ask(); reply({ ok: null });";
  const running = await startProcess(
    { bundle, decideTimeoutMs: 2000 },
    fallenWall(`${opened} await ask(); reply({ drift: ${report} });`),
  );
  await running.start(START);
  expect(await errorOf(running.decide(REQUEST))).toMatchObject({ code: "live.strategy-bad-answer" });
});
