import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Queue } from "../../features/drive/queue.ts";

test("a queue is an array that is only pushed to and shifted from", () => {
  return fc.assert(
    fc.property(fc.array(fc.integer({ min: -300, max: 300 }), { maxLength: 40 }), (moves) => {
      const queue = new Queue<number>([1, 2]);
      const model = [1, 2];
      let next = 3;
      for (const move of moves) {
        for (let i = 0; i < move; i++, next++) {
          queue.push(next);
          model.push(next);
        }
        for (let i = 0; i > move; i--) expect(queue.shift()).toBe(model.shift());
        expect([queue.length, queue.at(0), queue.at(1), queue.last()]).toEqual([
          model.length,
          model[0],
          model[1],
          model.at(-1),
        ]);
        expect(queue.toArray()).toEqual(model);
      }
    }),
  );
});
