/** What a person should judge in bars: a halving is a split only where a market has splits. */
import { expect, it } from "vitest";
import { inspectBars } from "#data";
import { BTC, candlesAt, columnsFromCandles, times } from "../candles.ts";

const DAY = 864e5;
const bars = columnsFromCandles(candlesAt(times(60, DAY, Date.UTC(2024, 0, 1))));
const halved = (column: Float64Array) => column.map((price, i) => (i < 30 ? price : price / 2));
const after = {
  ...bars,
  ...{ open: halved(bars.open), high: halved(bars.high), low: halved(bars.low), close: halved(bars.close) },
};
const splits = (calendar: "weekdays" | "always") =>
  inspectBars({ ...BTC, calendar }, "1d", after).find(({ name }) => name.includes("split"));

it("asks for splits where there are some, and does not say that others have none", () => {
  expect(splits("weekdays")).toMatchObject({ found: 1, verdict: "kept, look" });
  expect(splits("always")).toBeUndefined();
});
