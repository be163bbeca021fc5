/**
 * Flow features on a record of BTC/USDT. Known fact: order flow at the best prices moves the mid
 * (Cont, Kukanov, Stoikov 2014).
 */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import {
  features,
  microprice,
  orderFlowImbalance,
  quoteFeatures,
  type TimedBars,
  tradeFeatures,
  tradeFlow,
} from "#features";
import { realData } from "../../real-data.ts";

const BAR = 5000;
const file = realData("captures/binance-spot-btcusdt-2024-08-08/btcusdt_20240809.gz");

/** Rows of a channel: receive time (UTC ms), then the named fields of each message. */
function readChannel(lines: readonly string[], channel: string, fields: readonly string[]): Float64Array[] {
  const rows = lines
    .filter((line) => line.includes(`btcusdt@${channel}"`))
    .map((line) => {
      const cut = line.indexOf(" ");
      const { data } = JSON.parse(line.slice(cut + 1)) as { data: Record<string, string | number | boolean> };
      return [Number(line.slice(0, cut)) / 1e6, ...fields.map((field) => Number(data[field]))];
    });
  return [...fields, ""].map((_, k) => Float64Array.from(rows, (row) => row[k]!));
}

function correlation(x: readonly number[], y: readonly number[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [mx, my] = [mean(x), mean(y)];
  const product = mean(x.map((value, i) => (value - mx) * (y[i]! - my)));
  return (
    product / Math.sqrt(mean(x.map((v) => (v - mx) * (v - mx))) * mean(y.map((v) => (v - my) * (v - my))))
  );
}

describe.skipIf(!file)("a recorded book and tape", () => {
  const lines = file ? gunzipSync(readFileSync(file)).toString("utf8").split("\n") : [];
  const [time, bid, bidQuantity, ask, askQuantity] = readChannel(lines, "bookTicker", [
    "b",
    "B",
    "a",
    "A",
  ]) as [Float64Array, Float64Array, Float64Array, Float64Array, Float64Array];
  const [traded, price, quantity, makerSold] = readChannel(lines, "trade", ["p", "q", "m"]) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const first = Math.ceil((time[0] ?? 0) / BAR) * BAR;
  const length = Math.max(0, Math.floor(((time.at(-1) ?? 0) - first) / BAR));
  const starts = Float64Array.from({ length }, (_, i) => first + i * BAR);
  const bars: TimedBars = {
    ...{ time: starts, open: starts, high: starts, low: starts, close: starts, volume: starts },
    timeframeMs: BAR,
  };
  const quotes = { time, received: time, id: time, bid, bidQuantity, ask, askQuantity };
  const trades = {
    time: traded,
    received: traded,
    id: traded,
    price,
    quantity,
    side: makerSold.map((sold) => 1 - 2 * sold),
  };
  const table = features({ mid: microprice(), ofi: orderFlowImbalance(), flow: tradeFlow() }).compute(bars, {
    series: { ...quoteFeatures(bars, quotes), ...tradeFeatures(bars, trades) },
  });

  test("the microprice lies between bid and ask, and order flow moves the mid", () => {
    expect(length).toBeGreaterThan(50);
    const mids = Array.from(starts, (start, i) => {
      const last = time.findLastIndex((at) => at < start + BAR);
      expect(table.column("mid")[i]).toBeGreaterThanOrEqual(bid[last]!);
      expect(table.column("mid")[i]).toBeLessThanOrEqual(ask[last]!);
      return (bid[last]! + ask[last]!) / 2;
    });
    const changes = mids.slice(1).map((mid, i) => mid - mids[i]!);
    expect(correlation([...table.column("ofi").subarray(1)], changes)).toBeGreaterThan(0.5);
  });

  test("all that was traded is in a bar, signed by who took", () => {
    let inside = 0;
    traded.forEach((at, i) => {
      if (at >= first && at < first + length * BAR) inside += (makerSold[i] === 1 ? -1 : 1) * quantity[i]!;
    });
    const flow = table.column("flow").filter(Number.isFinite);
    expect(flow.length).toBeGreaterThan(length - 5);
    expect(flow.reduce((sum, value) => sum + value, 0)).toBeCloseTo(inside, 6);
  });
});
