/** Models that look at several rows go into a bundle as they were researched. */
import { expect, it } from "vitest";
import { decodeValue } from "#core";
import { backtestBundle } from "#exports";
import { GOLDEN } from "../../../exports/strategy/bundle/manifest.ts";
import type { Golden } from "../../../lib/backtest/index.ts";
import { promotedWindowed, WINDOW } from "./windowed.ts";

it("a bundle knows how far its models look back, and its golden predictions are the notebook's", async () => {
  const { bundle } = await promotedWindowed();
  const { manifest, golden, files } = bundle;
  expect(manifest.models).toMatchObject({ far: { window: WINDOW } });
  expect(manifest.models.near).not.toHaveProperty("window");
  expect(manifest.warmupBars).toBeGreaterThanOrEqual(manifest.features.warmup + WINDOW - 1);
  expect(golden.decisions).toBe(500);
  const { instruments } = decodeValue(new TextDecoder().decode(files.get(GOLDEN)!)) as Golden;
  for (const { predictions, warmup } of instruments) {
    expect(predictions.far!.subarray(warmup).every(Number.isFinite)).toBe(true);
    // The two models do not say the same, and neither says the same of all bars.
    expect(new Set(predictions.far).size).toBeGreaterThan(400);
    expect(predictions.far).not.toEqual(predictions.near);
  }
});

it("a bundle that warms up from exactly its bars decides as one with all the history", async () => {
  const { bars, bundle } = await promotedWindowed();
  const { manifest } = bundle;
  const at = 700;
  const from = bars[0]!.time[at]!;
  const { limits } = manifest;
  const short = await backtestBundle(bundle, { bars, from, limits });
  const long = await backtestBundle(
    { ...bundle, manifest: { ...manifest, warmupBars: 500 } },
    { bars, from, limits },
  );
  expect(short.decisions).toEqual(long.decisions);
  expect(short.decisions.filter(({ signals }) => signals.length > 0).length).toBeGreaterThan(50);
});
