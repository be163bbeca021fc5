import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { atr, bollinger, ema, type Feature, features, macd, returns, rsi, sma, volatility } from "#features";
import type { BarColumns } from "#model";

interface Golden {
  readonly bars: Readonly<Record<"open" | "high" | "low" | "close" | "volume", number[]>>;
  readonly features: Readonly<Record<string, (number | null)[]>>;
}

const ours: readonly Feature[] = [
  ...[2, 14].map(rsi),
  ...[1, 14].map(atr),
  ...[1, 7, 20].map(sma),
  ...[1, 7, 20].map(ema),
  ...[1, 5].map(returns),
  ...[macd(12, 26, 9), macd(3, 5, 1), macd(5, 34, 5)].flatMap((m) => [m.macd, m.signal, m.histogram]),
  ...[bollinger(20, 2), bollinger(5, 1.5)].flatMap((b) => [b.upper, b.middle, b.lower, b.percentB]),
  volatility(20),
];

describe.each(["walk", "flat"])("features of %s.json equal TA-Lib's", (file) => {
  const golden: Golden = JSON.parse(readFileSync(new URL(`golden/${file}.json`, import.meta.url), "utf8"));
  const column = (name: keyof Golden["bars"]) => Float64Array.from(golden.bars[name]);
  const close = column("close");
  const bars: BarColumns = {
    time: close.map((_, i) => i * 864e5),
    open: column("open"),
    high: column("high"),
    low: column("low"),
    close,
    volume: column("volume"),
  };
  const table = features(Object.fromEntries(ours.map((feature) => [feature.id, feature]))).compute(bars);

  test("every golden column has a feature", () => {
    expect(new Set(table.names)).toEqual(new Set(Object.keys(golden.features)));
  });

  test.each(ours.map((feature) => feature.id))("%s", (id) => {
    const expected = golden.features[id]!;
    const actual = table.column(id);
    for (let i = 0; i < expected.length; i++) {
      const want = expected[i] ?? Number.NaN;
      // Differences of averages cancel: what is lost is measured against the price they were made from.
      const slack = 1e-8 * Math.abs(want) + 1e-13 * close[i]!;
      const near = Number.isNaN(want) ? Number.isNaN(actual[i]!) : Math.abs(actual[i]! - want) <= slack;
      expect(near, `bar ${i}: ${actual[i]} against ${want}`).toBe(true);
    }
  });
});
