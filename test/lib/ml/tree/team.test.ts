import fc from "fast-check";
import { expect, test } from "vitest";
import { CONTROL } from "../../../../lib/ml/tree/boost/memory.ts";
import { publish, unitOf } from "../../../../lib/ml/tree/boost/team.ts";
import { PHASE } from "../../../../lib/ml/tree/boost/units.ts";

const take = (control: Int32Array) => Atomics.add(control, CONTROL.next, 1);

test("a thread that took a ticket and wakes phases later has no unit of theirs", () => {
  const phasesInTurn = fc.property(
    fc.array(fc.record({ units: fc.integer({ min: 1, max: 40 }), late: fc.integer({ min: 0, max: 64 }) }), {
      minLength: 2,
      maxLength: 30,
    }),
    fc.constantFrom(0, 2 ** 31 - 3000),
    (phases, start) => {
      const control = new Int32Array(new SharedArrayBuffer(4 * 16));
      Atomics.store(control, CONTROL.first, start);
      Atomics.store(control, CONTROL.next, start);
      const asleep: number[] = [take(control)];
      for (const { units, late } of phases) {
        publish(control, PHASE.build, units);
        // Each unit is handed out once, and what was taken in earlier phases is none of them.
        expect(asleep.every((ticket) => unitOf(control, ticket) === -1)).toBe(true);
        const done = Array.from({ length: units }, () => unitOf(control, take(control)));
        expect(done).toEqual(Array.from({ length: units }, (_, unit) => unit));
        for (let i = 0; i < late; i++) asleep.push(take(control));
        expect(asleep.every((ticket) => unitOf(control, ticket) === -1)).toBe(true);
      }
    },
  );
  fc.assert(phasesInTurn);
});
