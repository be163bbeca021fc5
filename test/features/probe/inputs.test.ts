/** What probed code does to its inputs, and what they hold beside float64, hides no leak. */
import { describe, expect, test } from "vitest";
import { lookaheadText, type ProbeInputs, probeFuture } from "#features";
import { randomBars } from "../random-bars.ts";

const MINUTE = 6e4;
const shape = { length: 300, gaps: 0, jumps: 0, deviation: 0.01 };
const bars = { ...randomBars({ seed: 3, ...shape }), timeframeMs: MINUTE };
for (const i of [40, 41, 150, 222]) bars.close[i] = i % 2 ? Number.NaN : Number.POSITIVE_INFINITY;

/** In place, from behind. */
function fillFromBehind({ close }: { readonly close: Float64Array }) {
  for (let i = close.length - 2; i >= 0; i--) if (!Number.isFinite(close[i])) close[i] = close[i + 1]!;
  return { close };
}

describe("the lookahead probe", () => {
  test("finds a fill from behind that is written into its input, and leaves the caller's bars alone", async () => {
    const before = bars.close.slice();
    const report = await probeFuture(({ bars }) => fillFromBehind(bars), { bars });
    expect(report.leaks.map(({ feature }) => feature)).toEqual(["close"]);
    expect(bars.close).toEqual(before);
  });

  test("holds back every column that has a value a row", async () => {
    const waves = Array.from(bars.time, (_, i) => Math.sin(i));
    const columns = {
      plain: waves,
      single: Float32Array.from(waves),
      whole: Int32Array.from(waves, (wave) => wave * 1e6),
      text: waves.map((_, i) => "x".repeat(i % 7)),
    };
    for (const [name, column] of Object.entries(columns)) {
      const inputs: ProbeInputs = { bars, facts: { time: bars.time.map((time) => time + MINUTE), column } };
      const ahead = (shift: number) => (given: ProbeInputs) => {
        const { column } = given.facts as { column: ArrayLike<number | string> };
        const at = (i: number) => column[i] ?? Number.NaN;
        const number = (value: number | string) => (typeof value === "string" ? value.length : value);
        return { value: given.bars.time.map((_, i) => number(at(i + shift))) };
      };
      expect((await probeFuture(ahead(1), inputs)).leaks.length, name).toBe(1);
      expect((await probeFuture(ahead(0), inputs)).leaks.length, name).toBe(0);
    }
  });

  test("says how many futures could not be computed", async () => {
    const report = await probeFuture(
      ({ bars }) => {
        if (bars.time.length < shape.length) throw new Error("too short");
        return { close: bars.close };
      },
      { bars },
    );
    expect(report.failed).toBe(report.moments.length);
    expect(lookaheadText(report)).toContain(`${report.failed} of ${2 * report.failed} other futures`);
  });
});
