import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Recent } from "../../../../kernel/live/core/recent.ts";

const HOUR_MS = 36e5;
const START = Date.UTC(2024, 1, 28);
const dayOf = (time: number) => new Date(time).toISOString().slice(0, 10);

/** Bars of a length, some of them missing, as a market that sleeps leaves them. */
const closes = fc
  .tuple(
    fc.constantFrom(1, 4, 24),
    fc.array(fc.tuple(fc.integer({ min: 1, max: 30 }), fc.double({ min: 50, max: 150, noNaN: true })), {
      minLength: 1,
      maxLength: 60,
    }),
  )
  .map(([hours, bars]) => {
    let time = START;
    return bars.map(([gap, equity]) => {
      time += (gap % 3 === 0 ? gap : 1) * hours * HOUR_MS;
      return { time, equity };
    });
  });

describe("what a day began with", () => {
  it("is the equity at the first close of that day, and at the last close before while there is none", () =>
    fc.assert(
      fc.property(closes, fc.integer({ min: 0, max: 72 }), (bars, hoursLater) => {
        const recent = new Recent();
        expect(recent.dayBegan(START)).toBeUndefined();
        for (const { time, equity } of bars) recent.addEquity(time, equity);
        const now = bars.at(-1)!.time + hoursLater * HOUR_MS;
        const first = bars.find(({ time }) => dayOf(time) === dayOf(now)) ?? bars.at(-1)!;
        expect(recent.dayBegan(now)).toBe(first.equity);
        expect(new Recent(recent.state).dayBegan(now)).toBe(first.equity);
      }),
    ));
});
