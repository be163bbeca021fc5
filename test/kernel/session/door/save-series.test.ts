/** A series that a notebook made: stored, read back, recorded; and what is refused. */
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { silentProgress } from "#core";
import { openStore } from "#data";
import { type RunFact, registerSession } from "#session";
import * as door from "../../../../kernel/session/api.ts";
import { temporaryFolder } from "../../../temporary-folder.ts";
import { ROOT } from "../../../tidy/sources.ts";

const DAY = 864e5;
const START = Date.UTC(2024, 0, 1);
const facts: RunFact[] = [];
let home = "";

/** Quarters, each published a day after its end; the second is restated a week later. */
const quarters = {
  time: Float64Array.of(0, 90, 180, 270, 90).map((day) => START + day * DAY),
  published: Float64Array.of(91, 181, 271, 361, 368).map((day) => START + day * DAY),
  value: Float64Array.of(1, 2, 3, 4, 2.5),
};
const first = (values: typeof quarters, rows: number) => ({
  time: values.time.slice(0, rows),
  published: values.published.slice(0, rows),
  value: values.value.slice(0, rows),
});

beforeEach(() => {
  home = temporaryFolder();
  facts.length = 0;
  registerSession({
    ...{ root: join(ROOT, "notebooks"), home, display: () => {}, startProgress: silentProgress },
    record: (fact: RunFact) => {
      facts.push(fact);
    },
  });
});

describe("saveSeries", () => {
  it("gives back what it stored, which features and the store then read; the same once more changes nothing", async () => {
    const eps = await door.saveSeries("eps", door.trailing(quarters, 4), { unit: "USD" });
    expect([...eps.value]).toEqual([10, 10.5]);
    expect([...eps.published]).toEqual([361, 368].map((day) => START + day * DAY));
    expect(eps).toMatchObject({ source: "notebook", symbol: "eps", kind: "series", unit: "USD" });
    expect(facts).toMatchObject([
      { kind: "data", value: { source: "notebook", symbol: "eps", hash: eps.hash } },
    ]);
    const again = await door.saveSeries("eps", door.trailing(quarters, 4), { unit: "USD" });
    expect(again.hash).toBe(eps.hash);
    expect((await door.series("eps", { from: "notebook" })).hash).toBe(eps.hash);
  });

  it("takes the place of what stood there, or joins it where that is asked for", async () => {
    await door.saveSeries("mood", first(quarters, 4));
    const fewer = await door.saveSeries("mood", first(quarters, 2));
    expect([...fewer.value]).toEqual([1, 2]);
    const more = await door.saveSeries("mood", quarters, { mode: "merge" });
    expect(more.length).toBe(5);
    const changed = { ...first(quarters, 1), value: Float64Array.of(7) };
    await expect(door.saveSeries("mood", changed, { mode: "merge" })).rejects.toMatchObject({
      code: "data.conflicting-rows",
    });
    const corrected = await door.saveSeries("mood", changed, { mode: "correct" });
    expect([...corrected.value].sort()).toEqual([2, 2.5, 3, 4, 7]);
  });

  it.each([
    ["nothing", undefined, "data.bad-columns"],
    ["no columns", {}, "data.bad-columns"],
    ["no publication", { time: [START], value: [1] }, "data.publication-needed"],
    ["columns of other lengths", { ...quarters, value: [1, 2] }, "data.bad-columns"],
    ["text", { ...quarters, value: "12345" }, "data.bad-columns"],
    ["words", { time: [START], published: [START], value: ["much"] }, "data.impossible-row"],
    ["no rows", { time: [], published: [], value: [] }, "data.no-rows"],
    [
      "a value that is not finite",
      { time: [START], published: [START], value: [NaN] },
      "data.impossible-row",
    ],
    ["seconds", { time: [NaN], published: [START], value: [1] }, "data.bad-time"],
    ["news of tomorrow", { time: [START], published: [START - 1], value: [1] }, "data.impossible-row"],
  ])("refuses %s, and keeps what it had", async (_, values, code) => {
    const kept = await door.saveSeries("mood", quarters);
    await expect(door.saveSeries("mood", values as never)).rejects.toMatchObject({ code });
    expect((await door.series("mood", { from: "notebook" })).hash).toBe(kept.hash);
  });

  it("refuses options and names that there are not", async () => {
    for (const options of [{ mode: "append" }, { source: "me" }])
      await expect(door.saveSeries("mood", quarters, options as never)).rejects.toMatchObject({
        code: "data.bad-query",
      });
    for (const name of ["", undefined, 7])
      await expect(door.saveSeries(name as never, quarters)).rejects.toMatchObject({ code: "data.bad-name" });
    const store = openStore(join(home, "data"));
    expect(await store.list()).toEqual([]);
    await store.close();
  });
});
