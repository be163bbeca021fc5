import * as fc from "fast-check";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { OrderReport } from "#model";
import { OrderEnds } from "../../../../../lib/venue/ccxt/gateway/order-ends.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const fillOf = (trade: number, lots: number) =>
  ({
    kind: "order-filled",
    id: "a",
    trade: String(trade),
    time: trade,
    ticks: 1,
    lots,
    fee: 0n,
    feeAsset: "X",
    execution: trade,
  }) as const;
const end: OrderReport = { kind: "order-canceled", id: "a", time: 99, execution: 99 };

function listen() {
  const told: OrderReport[] = [];
  const missing: string[] = [];
  const ends = new OrderEnds(
    (report) => told.push(report),
    (id) => missing.push(id),
  );
  return { ends, told, missing };
}

it("tells an order's end after all its fills, in whatever order and however often they come", () =>
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 }),
      fc.infiniteStream(fc.nat()),
      (sizes, random) => {
        const { ends, told, missing } = listen();
        const fills = sizes.map((lots, i) => fillOf(i, lots));
        const filled = sizes.reduce((sum, lots) => sum + lots, 0);
        const [endAt, repeated] = [
          random.next().value % (sizes.length + 1),
          random.next().value % sizes.length,
        ];
        fills.forEach((fill, i) => {
          if (i === endAt) ends.end(end, filled);
          ends.fill(fill);
          // Told again on another way: asked for, or repeated by the stream.
          if (i === repeated) ends.know("a", [fill]);
        });
        if (endAt === sizes.length) ends.end(end, filled);
        expect(told.at(-1)).toBe(end);
        expect(told.filter((report) => report === end)).toHaveLength(1);
        vi.advanceTimersByTime(60_000);
        expect(missing).toEqual([]);
      },
    ),
  ));

it("says that fills are missing, and still tells the end once they were asked for", () => {
  const { ends, told, missing } = listen();
  ends.fill(fillOf(1, 2));
  ends.end(end, 5);
  vi.advanceTimersByTime(1999);
  expect(missing).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(missing).toEqual(["a"]);
  ends.reset([{ id: "a", filledLots: 2, trades: ["1"] } as never]);
  ends.know("a", [fillOf(1, 2), fillOf(2, 3)]);
  expect(told.at(-1)).toBe(end);
});

it("knows what an order was filled before it listened", () => {
  const { ends, told } = listen();
  ends.reset([{ id: "a", filledLots: 4, trades: ["1", "2"] } as never]);
  ends.end(end, 4);
  expect(told).toEqual([end]);
  ends.close();
});

it("gives who asked for the missing fills the end that waits for them, to tell it after them", () => {
  const { ends, told } = listen();
  ends.end(end, 5);
  ends.reset([{ id: "a", filledLots: 0, trades: [] } as never]);
  expect(ends.settle("a", [fillOf(1, 2)])).toBeUndefined();
  expect(ends.settle("a", [fillOf(1, 2), fillOf(2, 3)])).toBe(end);
  expect(told).toEqual([]);
});

it("says that fills are missing which the exchange counts of an order without an end", () => {
  const { ends, missing } = listen();
  ends.count("a", 2);
  ends.fill(fillOf(1, 2));
  vi.advanceTimersByTime(60_000);
  expect(missing).toEqual([]);
  ends.count("a", 5);
  ends.fill(fillOf(2, 2));
  vi.advanceTimersByTime(60_000);
  expect(missing).toEqual(["a"]);
});

it("says that an end is missing which should have come, but not of an order that is filled or ended", () => {
  const { ends, missing } = listen();
  const order = (id: string) => ({ id, lots: 5, type: "market", filledLots: 0, trades: [] }) as never;
  for (const id of ["a", "b", "c"]) ends.endsSoon(order(id));
  ends.fill(fillOf(1, 5));
  ends.end({ ...end, id: "b" }, 0);
  vi.advanceTimersByTime(60_000);
  expect(missing).toEqual(["c"]);
  // Joined again, it is as soon to end as before.
  ends.reset([order("c")]);
  vi.advanceTimersByTime(60_000);
  expect(missing).toEqual(["c", "c"]);
  ends.close();
});
