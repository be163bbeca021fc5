import * as fc from "fast-check";
import { expect, it } from "vitest";
import { type Golden, prepare, recordGolden, runPrepared } from "#backtest";
import { decodeValue, encodeValue } from "#core";
import { verifyOrders } from "../../../exports/strategy/verify/verify-orders.ts";
import { barsOf, type Shape, shapes, strategyOf } from "../../lib/backtest/market.ts";

async function goldenOf(shape: Shape): Promise<Golden> {
  const strategy = strategyOf(shape);
  const prepared = await prepare(strategy.spec, barsOf(shape), {}, () =>
    Promise.reject(new Error("no models")),
  );
  const golden = recordGolden(strategy, prepared, runPrepared(strategy, prepared));
  return decodeValue(encodeValue(golden)) as Golden;
}

it("an engine makes the recorded orders again, whatever the strategy asked for", async () => {
  let compared = 0;
  await fc.assert(
    fc.asyncProperty(shapes, async (shape) => {
      const { orders, difference } = verifyOrders(await goldenOf(shape));
      expect(difference).toBeUndefined();
      compared += orders;
    }),
    { numRuns: 60 },
  );
  expect(compared).toBeGreaterThan(200);
});

it("one that sizes otherwise by a lot is found", async () => {
  await fc.assert(
    fc.asyncProperty(shapes, async (shape) => {
      const golden = await goldenOf(shape);
      const decisions = golden.decisions.map(({ sized, ...decision }) => {
        const orders = sized?.orders.map((order) => ({ ...order, lots: order.lots + 1 })) ?? [];
        return { ...decision, ...(sized ? { sized: { ...sized, orders } } : {}) };
      });
      const isCompared = golden.decisions.some(({ sized }) => sized);
      expect(verifyOrders({ ...golden, decisions }).difference !== undefined).toBe(isCompared);
    }),
    { numRuns: 30 },
  );
});
