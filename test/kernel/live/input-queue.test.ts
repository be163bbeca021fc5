import * as fc from "fast-check";
import { expect, it } from "vitest";
import { InputQueue } from "../../../kernel/live/input-queue.ts";

interface Item {
  readonly isMarket: boolean;
  readonly n: number;
}

const queueOf = (capacity: number) => new InputQueue<Item>({ capacity, mayDrop: ({ isMarket }) => isMarket });

it("keeps order, drops only the oldest market data, and refuses when there is none to drop", () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.boolean(), { maxLength: 40 }),
      fc.integer({ min: 1, max: 8 }),
      async (kinds, capacity) => {
        const queue = queueOf(capacity);
        let kept: Item[] = [];
        for (const [n, isMarket] of kinds.entries()) {
          const item = { isMarket, n };
          const oldest = kept.length < capacity ? undefined : kept.find((one) => one.isMarket);
          if (kept.length === capacity && !oldest) {
            expect(() => queue.push(item)).toThrowError(expect.objectContaining({ code: "live.queue-full" }));
            continue;
          }
          queue.push(item);
          kept = [...kept.filter((one) => one !== oldest), item];
        }
        const taken: Item[] = [];
        while (queue.length > 0) taken.push(await queue.next());
        expect(taken).toEqual(kept);
        expect(queue.dropped).toBeGreaterThanOrEqual(0);
      },
    ),
  ));

it("wakes its reader, and hands out all of a kind", async () => {
  const queue = queueOf(10);
  const next = queue.next();
  queue.push({ isMarket: false, n: 1 });
  expect(await next).toMatchObject({ n: 1 });
  for (const n of [2, 3, 4]) queue.push({ isMarket: n % 2 === 0, n });
  const isMarket = (item: Item): item is Item & { readonly isMarket: true } => item.isMarket;
  expect(queue.takeAll(isMarket).map(({ n }) => n)).toEqual([2, 4]);
  expect(await queue.next()).toMatchObject({ n: 3 });
});
