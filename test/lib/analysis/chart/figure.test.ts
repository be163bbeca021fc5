import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { COLOR, endLabels, LABEL_SHARE, plotTime, rangeOf } from "../../../../lib/analysis/chart/figure.ts";

describe("plotTime", () => {
  /** The pattern that Plotly takes a text for a date with, read out of Plotly itself. */
  function plotlyPattern(): RegExp {
    const source = readFileSync(createRequire(import.meta.url).resolve("plotly.js-dist-min"), "utf8");
    const [, pattern] =
      /\/(\^\\s\*\(-\?\\d\\d\\d\\d\|\\d\\d\)\(-\(\\d\?\\d\)\(-[^=]*?\$)\/m[,;]/.exec(source) ??
      expect.fail("Plotly writes its dates otherwise");
    return new RegExp(pattern!, "m");
  }

  it("writes what Plotly reads as the same moment, be it a day or a millisecond", () => {
    const pattern = plotlyPattern();
    const moment = fc.integer({ min: Date.UTC(1900, 0, 1), max: Date.UTC(2200, 0, 1) });
    const day = moment.map((ms) => Math.floor(ms / 864e5) * 864e5);
    fc.assert(
      fc.property(fc.oneof(moment, day), (ms) => {
        const [, year, , month, , dayOfMonth, , hour, , minute, , second] =
          pattern.exec(plotTime(ms)) ?? expect.fail(plotTime(ms));
        const [h, m, s] = [hour, minute, second].map((part) => Number(part ?? 0));
        const start = Date.UTC(Number(year), Number(month) - 1, Number(dayOfMonth), h, m);
        expect(Math.round(start + s! * 1000)).toBe(ms);
      }),
    );
  });

  it("is as short as it may be", () => {
    expect(plotTime(Date.UTC(2019, 2, 9))).toBe("2019-03-09");
    expect(plotTime(Date.UTC(2019, 2, 9, 14, 30))).toBe("2019-03-09 14:30:00");
    expect(plotTime(Date.UTC(2019, 2, 9, 0, 0, 0, 5))).toBe("2019-03-09 00:00:00.005");
  });
});

describe("rangeOf", () => {
  it("is finite, rises and holds every finite value, whatever lies between them", () => {
    const value = fc.oneof(
      fc.double({ min: -1e6, max: 1e6, noNaN: true }),
      fc.constantFrom(Number.NaN, Infinity, -Infinity),
    );
    fc.assert(
      fc.property(fc.array(value), fc.array(value), (a, b) => {
        const [low, high] = rangeOf(a, Float64Array.from(b));
        expect(Number.isFinite(high - low)).toBe(true);
        expect(high).toBeGreaterThan(low);
        for (const each of [...a, ...b].filter(Number.isFinite)) {
          expect(each).toBeGreaterThanOrEqual(low);
          expect(each).toBeLessThanOrEqual(high);
        }
      }),
    );
  });
});

describe("endLabels", () => {
  const end = (y: number) => ({ text: String(y), y, color: COLOR.accent });

  it("names of two lines are never closer than their share of the axis, and keep the order of the lines", () => {
    const value = fc.double({ min: -50, max: 50, noNaN: true });
    fc.assert(
      fc.property(value, value, fc.array(value), (a, b, others) => {
        const range = rangeOf([a, b, ...others]);
        const [lower, upper] = endLabels([end(a), end(b)], 1, range) as { text: string; y: number }[];
        const gap = LABEL_SHARE * (range[1] - range[0]);
        expect(upper!.y - lower!.y).toBeGreaterThanOrEqual(gap * (1 - 1e-9));
        expect(lower!.y).toBeGreaterThanOrEqual(range[0]);
        expect(upper!.y).toBeLessThanOrEqual(range[1]);
        expect(Number(lower!.text)).toBeLessThanOrEqual(Number(upper!.text));
      }),
    );
  });

  it("a name with room stays at the end of its line, and a line without values has none", () => {
    const labels = endLabels([end(1), end(9), end(Number.NaN)], 1, [0, 10]);
    expect(labels.map(({ y }) => y)).toEqual([1, 9]);
  });
});
