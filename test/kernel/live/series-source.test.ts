import { expect, it } from "vitest";
import type { TableColumns } from "#model";
import { News } from "../../../kernel/live/core/news.ts";
import { openSeries, type SeriesSource } from "../../../kernel/live/series-source.ts";

type Row = [time: number, published: number, value: number];

function tableOf(rows: readonly Row[]): TableColumns<"series"> {
  const column = (k: 0 | 1 | 2) => Float64Array.from(rows, (row) => row[k]);
  return { time: column(0), published: column(1), value: column(2) };
}

/** A source over rows that may be changed, and what heard of it. */
async function sourceOf(rows: Row[]) {
  const log: string[] = [];
  const news = new News();
  const source = await openSeries({
    names: ["mood"],
    read: async () => tableOf(rows),
    researched: {},
    hasBegun: false,
    onLog: (level, message) => void log.push(`${level}: ${message}`),
  });
  const ask = async (until: number) => {
    const found = await source.news((series) => news.heardOf(series), until);
    news.hear(found);
    return news.take()?.mood ?? [];
  };
  return { rows, log, news, source, ask };
}

it("gives each value once, by its publication, and those of a moment that come apart", async () => {
  const { rows, ask } = await sourceOf([
    [5, 9, 0.5],
    [1, 2, 0.1],
    [3, 4, 0.3],
  ]);
  expect(await ask(1)).toEqual([]);
  expect(await ask(4)).toEqual([
    [1, 2, 0.1],
    [3, 4, 0.3],
  ]);
  expect(await ask(8)).toEqual([]);
  rows.push([3, 4, 0.35], [4, 4, Number.NaN]);
  expect(await ask(8)).toEqual([
    [3, 4, 0.35],
    [4, 4, Number.NaN],
  ]);
  expect(await ask(8)).toEqual([]);
  expect(await ask(9)).toEqual([[5, 9, 0.5]]);
});

it("takes many values of one moment, and knows each of them the next time", async () => {
  const rows = Array.from({ length: 30_000 }, (_, i): Row => [i, 40_000, i % 3 === 0 ? Number.NaN : -i]);
  const { news, ask } = await sourceOf(rows);
  expect(await ask(40_000)).toEqual(rows);
  expect(await ask(50_000)).toEqual([]);
  const other = new News();
  other.restore(news.state!);
  expect(other.state).toEqual(news.state);
});

it("tells of values that come with an earlier publication than one that was heard", async () => {
  const { rows, log, ask } = await sourceOf([[1, 20, 0.1]]);
  await ask(20);
  await ask(30);
  expect(log).toEqual([]);
  rows.push([0, 10, 0.2], [0, 11, 0.3]);
  expect(await ask(40)).toEqual([]);
  expect(log).toEqual([
    'warning: 2 values of "mood" were stored with an earlier publication than what was told already: they are passed over',
  ]);
});

it("a late value is seen after the close, with its own publication; several one after the other", () => {
  const news = new News();
  news.close(100);
  news.hear({ mood: [[1, 40, 0.1], [2, 60, 0.2], [3, 60, 0.3], [4, 101, 0.4]] }); // biome-ignore format: rows
  const told = news.take()!.mood!;
  expect(told.map(([time, published, value]) => [time, published, value])).toEqual([
    [1, 40, 0.1],
    [2, 60, 0.2],
    [3, 60, 0.3],
    [4, 101, 0.4],
  ]);
  const seen = told.map(([, published, , at = published]) => at!);
  expect(seen[0]).toBeGreaterThan(100);
  expect(seen[1]).toBeGreaterThan(seen[0]!);
  expect(seen[2]).toBe(seen[1]);
  expect(seen[3]).toBe(101);
  expect(seen[2]).toBeLessThan(101);
});

it("goes on from its state, also where nothing was heard yet", () => {
  for (const rows of [[], [[1, 40, 0.1]]] as Row[][]) {
    const [news, other] = [new News(), new News()];
    news.hear({ mood: rows });
    news.close(100);
    other.restore(news.state!);
    for (const each of [news, other]) each.hear({ mood: [[2, 90, 0.2]] });
    expect(other.take()).toEqual(news.take());
    expect(other.state).toEqual(news.state);
  }
});

it("a start that ended in the middle of the history goes on behind it", async () => {
  const rows = Array.from({ length: 30 }, (_, i): Row => [i, i, i / 30]);
  const { news, source } = await sourceOf(rows);
  const history = (of: SeriesSource) => of.history((series) => news.heardOf(series), 10, 25);
  const whole = (await history(source)).mood!;
  expect(whole).toHaveLength(26);
  news.hear({ mood: whole.slice(0, 11) });
  expect((await history(source)).mood).toEqual(whole.slice(11));
});
