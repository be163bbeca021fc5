import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { equityFigure, lossFigure, type Span, studyFigure, tradesFigure } from "#analysis";
import { LABEL_SHARE } from "../../../../lib/analysis/chart/figure.ts";
import { walk } from "./walk.ts";

interface Drawn {
  data: { x: unknown[]; y: number[]; mode: string; name?: string }[];
  layout: {
    xaxis: { range: string[] };
    yaxis: { range: number[]; tickvals: number[] };
    yaxis2: { range: number[] };
    annotations: { text: string; x: unknown; y: number; yref?: string }[];
  };
}
const drawn = (figure: unknown) => figure as Drawn;

const HOUR_MS = 36e5;
function curve(equity: Float64Array, benchmark: Float64Array, symbol = "SPX/USD", step = 24 * HOUR_MS) {
  const time = equity.map((_, i) => Date.UTC(2020, 0, 1) + i * step);
  return { time, equity, benchmark, symbols: [symbol], capital: 100 };
}

describe("equity", () => {
  it("has finite ranges and labels apart, over gaps, single bars and losses of everything", () => {
    const length = fc.integer({ min: 1, max: 60 });
    fc.assert(
      fc.property(
        length,
        fc.nat(),
        fc.integer({ min: 1, max: 4 }),
        fc.boolean(),
        (n, seed, every, isLost) => {
          const equity = walk(n, seed).map((value, i) => (isLost && i > n / 2 ? -5 : value));
          const prices = walk(n, seed + 1).map((price, i) => (i % every === 0 ? price : Number.NaN));
          const { layout } = drawn(
            equityFigure(curve(equity, every === 4 ? prices.fill(Number.NaN) : prices)),
          );
          const { range, tickvals } = layout.yaxis;
          for (const axis of [range, layout.yaxis2.range]) {
            expect(axis.every(Number.isFinite)).toBe(true);
            expect(axis[0]).toBeLessThan(axis[1]!);
          }
          expect(layout.xaxis.range[0]! < layout.xaxis.range[1]!).toBe(true);
          expect(tickvals.length).toBeGreaterThan(1);
          expect(tickvals.length).toBeLessThan(12);
          const places = layout.annotations.filter(({ yref }) => yref === undefined).map(({ y }) => y);
          const gap = Math.abs(places[0]! - (places[1] ?? Infinity));
          expect(gap).toBeGreaterThanOrEqual(LABEL_SHARE * (range[1]! - range[0]!) * (1 - 1e-9));
          expect(JSON.stringify(layout)).not.toMatch(/null|NaN|Infinity/);
        },
      ),
    );
  });

  it("writes minutes where bars have them, and a single bar as a point", () => {
    const hours = drawn(equityFigure(curve(walk(3, 1), walk(3, 2), "SPX/USD", HOUR_MS)));
    expect(hours.data[0]!.x).toEqual(["2020-01-01", "2020-01-01 01:00:00", "2020-01-01 02:00:00"]);
    expect(hours.data.map(({ mode }) => mode)).toEqual(["lines", "lines", "lines", "lines"]);
    const one = drawn(equityFigure(curve(walk(1, 1), walk(1, 2))));
    expect(one.data.map(({ mode, x }) => [mode, x.length])).toEqual(Array(4).fill(["markers", 1]));
  });

  it("draws a long history with few points, and tells the true largest drawdown", () => {
    const equity = walk(100_000, 5);
    equity[50_000] = 1;
    const { data, layout } = drawn(equityFigure(curve(equity, walk(100_000, 6), "SPX/USD", HOUR_MS)));
    expect(data[0]!.x.length).toBeLessThan(15_000);
    const [, depth] = /max −(\d+\.\d)/.exec(layout.annotations.map(({ text }) => text).join()) ?? [];
    expect(Number(depth)).toBeGreaterThan(98);
  });

  it("names spans with their dates, also one that begins before the first bar, and shows foreign texts as they are", () => {
    const span: Span = {
      name: "<a>",
      from: Date.UTC(2019, 0, 1),
      to: Date.UTC(2020, 0, 20),
      highlight: true,
    };
    const { data, layout } = drawn(equityFigure(curve(walk(30, 1), walk(30, 2), "<b>X"), [span]));
    const label = layout.annotations.at(-1)!;
    expect([label.text, label.x]).toEqual(["<b>&lt;a&gt; 2019–2020</b>", "2020-01-01"]);
    expect(data[0]!.name).toBe("&lt;b&gt;X held");
  });
});

describe("loss", () => {
  it("has finite ranges and a name for each line that there is", () => {
    for (const [train, held] of [
      [[0.7], []],
      [
        [0.7, 0.7],
        [0.7, 0.7],
      ],
      [
        [0.7, Number.NaN],
        [0.6, 0.65],
      ],
    ] as const) {
      const { layout } = drawn(lossFigure(train, held, 1));
      expect(layout.yaxis.range.every(Number.isFinite)).toBe(true);
      const names = layout.annotations.map(({ text }) => text);
      expect(names.includes("held back")).toBe(held.length > 0);
      expect(names).toContain("epoch 1 kept");
    }
  });
});

describe("trades", () => {
  it("puts each fill at its minute, and draws prices alone where there was none", () => {
    const time = Float64Array.of(Date.UTC(2020, 0, 1), Date.UTC(2020, 0, 2));
    const fill = { time: Date.UTC(2020, 0, 1, 14, 30), price: 99, side: -1, text: "sold" } as const;
    const [prices, bought, sold] = drawn(tradesFigure(time, walk(2, 1), "X", [fill])).data;
    expect([prices!.x, bought!.x, sold!.x]).toEqual([
      ["2020-01-01", "2020-01-02"],
      [],
      ["2020-01-01 14:30:00"],
    ]);
    const empty = drawn(tradesFigure(time, walk(2, 1), "X", [])).data;
    expect(empty.map(({ x }) => x.length)).toEqual([2, 0, 0]);
  });
});

describe("study", () => {
  it("rings the best trial, and nothing where there is none", () => {
    const names = { x: "a", y: "b", value: "sharpe" };
    const points = [1, 3, 2].map((value) => ({ x: value, y: -value, value }));
    const ring = drawn(studyFigure(points, names)).data[1]!;
    expect([ring.x, ring.y]).toEqual([[3], [-3]]);
    expect(drawn(studyFigure([], names)).data[1]!.x).toEqual([]);
  });

  it("tells the score by height alone where that is its y", () => {
    const points = [1, 3, 2].map((value) => ({ x: 10 * value, y: value, value }));
    const [cloud, ring] = drawn(studyFigure(points, { x: "low", y: "Sharpe", value: "Sharpe" })).data;
    expect(cloud).toMatchObject({ x: [10, 30, 20], y: [1, 3, 2], marker: { color: expect.any(String) } });
    expect(cloud).not.toHaveProperty("marker.colorbar");
    expect([ring!.x, ring!.y]).toEqual([[30], [3]]);
  });
});
