import * as fc from "fast-check";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { followClock } from "../../../kernel/live/follow-clock.ts";

beforeEach(() => void vi.useFakeTimers({ now: 1_700_000_000_000 }));
afterEach(() => void vi.useRealTimers());

const MINUTE = 60_000;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

it("closes each bar once, after its end by the venue's clock, and after what was traded in it, however clocks differ", () =>
  fc.assert(
    fc.asyncProperty(
      fc.integer({ min: -90_000, max: 90_000 }),
      fc.integer({ min: 0, max: 3000 }),
      fc.infiniteStream(fc.nat(9)),
      async (ahead, delayMs, luck) => {
        const venueTime = () => Date.now() + ahead;
        let caughtUpTo = Number.NEGATIVE_INFINITY;
        const reached: number[] = [];
        const ask = async <T>(answer: () => T) => {
          await pause(delayMs);
          if (luck.next().value === 0) throw new Error("out of reach");
          return answer();
        };
        const gateway = {
          time: () => ask(venueTime),
          catchUp: () => {
            const asked = venueTime();
            return ask(() => {
              caughtUpTo = asked;
            });
          },
        };
        const reachTime = (end: number) => {
          expect(end % MINUTE).toBe(0);
          expect(venueTime()).toBeGreaterThanOrEqual(end);
          expect(caughtUpTo).toBeGreaterThanOrEqual(end);
          reached.push(end);
        };
        const core = { terms: { timeframe: "1m" }, engine: { now: 0 } } as never;
        const stop = followClock(core, { isJoined: true, reachTime }, gateway);
        await vi.advanceTimersByTimeAsync(10 * MINUTE);
        stop();
        expect(new Set(reached).size).toBe(reached.length);
        expect(reached.length).toBeGreaterThanOrEqual(9);
      },
    ),
    { numRuns: 30 },
  ));
