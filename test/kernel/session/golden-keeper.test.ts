import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GoldenKeeper } from "../../../kernel/session/golden-keeper.ts";

const EXPORTED = 3;
const KEPT_MAX = 16;

describe("golden vectors of a session", () => {
  it("are those of the last backtests of each strategy and parameters; never dropped for what is exported", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(40), { maxLength: 120 }), (backtests) => {
        const keeper = new GoldenKeeper(({ params }) => params.enter === EXPORTED);
        backtests.forEach((enter, i) => {
          keeper.keep({ strategy: "s", params: { enter }, text: `vectors ${i}` });
        });
        const newest = [...new Set(backtests.toReversed())];
        const kept = newest.filter((enter, place) => place < KEPT_MAX || enter === EXPORTED);
        const all = keeper.all();
        expect(new Set(all.map(({ params }) => params.enter))).toEqual(new Set(newest));
        for (const vectors of all) {
          const enter = Number(vectors.params.enter);
          // One that is exported takes a place of the others, so that one less of those may be there.
          if ("text" in vectors) {
            expect(kept).toContain(enter);
            expect(vectors.text).toBe(`vectors ${backtests.lastIndexOf(enter)}`);
          } else {
            expect(enter).not.toBe(EXPORTED);
            expect(newest.indexOf(enter)).toBeGreaterThanOrEqual(KEPT_MAX - 1);
            expect(vectors.problem).toContain("dropped");
          }
        }
        expect(all.filter((vectors) => "text" in vectors).length).toBe(Math.min(newest.length, KEPT_MAX));
      }),
    );
  });

  it("tell of a bounded number of those that were dropped", () => {
    const keeper = new GoldenKeeper(() => false);
    for (let enter = 0; enter < 1000; enter++) keeper.keep({ strategy: "s", params: { enter }, text: "" });
    expect(keeper.all().length).toBe(KEPT_MAX + 256);
  });
});
