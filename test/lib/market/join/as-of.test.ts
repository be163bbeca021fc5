import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { asOf, asOfRows, createAsOfCursor } from "#market";

interface Row {
  readonly time: number;
  readonly published: number;
  readonly value: number;
}

const rows = fc.array(
  fc.record({
    time: fc.integer({ min: -5, max: 40 }),
    published: fc.oneof(
      { weight: 12, arbitrary: fc.integer({ min: 0, max: 60 }) },
      fc.constantFrom(NaN, Infinity),
    ),
    value: fc.oneof(fc.integer(), fc.constant(NaN)),
  }),
  { maxLength: 25 },
);
const queries = fc
  .array(fc.integer({ min: -10, max: 80 }), { maxLength: 40 })
  .map((times) => times.sort((a, b) => a - b));
const ages = fc.constantFrom(0, 3, 10, Number.POSITIVE_INFINITY);

function tableOf(list: readonly Row[]) {
  const column = (name: keyof Row) => Float64Array.from(list, (row) => row[name]);
  return { time: column("time"), published: column("published"), value: column("value") };
}

/** The definition, row by row. */
function known(list: readonly Row[], at: number, maxAge: number): number {
  let best = -1;
  for (const [i, { time, published }] of list.entries()) {
    if (!(published <= at) || !Number.isFinite(published)) continue;
    const chosen = list[best];
    if (!chosen || time > chosen.time || (time === chosen.time && published >= chosen.published)) best = i;
  }
  return best >= 0 && at - list[best]!.published > maxAge ? -1 : best;
}

describe("asOf", () => {
  it("is the newest row published by then, as defined row by row", () => {
    fc.assert(
      fc.property(rows, queries, ages, fc.constantFrom(0, 5), (list, times, maxAge, shift) => {
        const expected = times.map((at) => known(list, at + shift, maxAge));
        const query = Float64Array.from(times);
        expect([...asOfRows(query, tableOf(list), { maxAge, shift })]).toEqual(expected);
        const values = asOf(query, tableOf(list), { maxAge, shift });
        expect([...values]).toEqual(expected.map((row) => list[row]?.value ?? NaN));
      }),
      { numRuns: 1000 },
    );
  });

  it("is the same in a stream, also over a restart", () => {
    fc.assert(
      fc.property(rows, queries, ages, fc.nat(40), (list, times, maxAge, cut) => {
        const told = list.filter(({ published }) => Number.isFinite(published));
        told.sort((a, b) => a.published - b.published);
        let cursor = createAsOfCursor({ maxAge });
        const values = times.map((at, k) => {
          while (told.length > 0 && told[0]!.published <= at) {
            const { time, published, value } = told.shift()!;
            cursor.publish(time, published, value);
          }
          if (k === cut) {
            const state = JSON.parse(JSON.stringify(cursor.snapshot() ?? null));
            cursor = createAsOfCursor({ maxAge }, state ?? undefined);
          }
          return cursor.at(at);
        });
        expect(values).toEqual([...asOf(Float64Array.from(times), tableOf(list), { maxAge })]);
      }),
    );
  });

  it("never shows what is published later: rows of the future change nothing", () => {
    fc.assert(
      fc.property(rows, rows, queries, (list, future, times) => {
        const end = (times.at(-1) ?? 0) + 0.5;
        const later = future.map((row) => ({ ...row, published: end + Math.abs(row.published) }));
        const query = Float64Array.from(times);
        expect(asOf(query, tableOf([...later, ...list]))).toEqual(asOf(query, tableOf(list)));
      }),
    );
  });

  it("respects a restatement from its publication on, and refuses times that fall", () => {
    const earnings = tableOf([
      { time: 0, published: 10, value: 1 },
      { time: 5, published: 20, value: 2 },
      { time: 0, published: 25, value: 1.5 },
      { time: 5, published: 30, value: 2.5 },
    ]);
    expect([...asOf(Float64Array.of(9, 10, 20, 26, 30), earnings)]).toEqual([NaN, 1, 2, 2, 2.5]);
    expect(() => asOf(Float64Array.of(2, 1), earnings)).toThrow(/row 1/);
    expect(() => asOf(Float64Array.of(NaN), earnings)).toThrow(/row 0/);
    const cursor = createAsOfCursor();
    cursor.publish(0, 10, 1);
    expect(() => cursor.at(9)).toThrow(/came after/);
    expect(() => cursor.publish(5, 9, 1)).toThrow(/came after/);
  });
});
