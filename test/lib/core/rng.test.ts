import { describe, expect, it } from "vitest";
import { createRng, philox2x32 } from "#core";

describe("rng", () => {
  // Known answers published with Random123 (Salmon et al., SC 2011) for philox2x32, 10 rounds.
  it.each([
    [0, 0, 0, 0xff1dae59, 0x6cd10df2],
    [0xffffffff, 0xffffffff, 0xffffffff, 0x2c3f628b, 0xab4fd7ad],
    [0x243f6a88, 0x85a308d3, 0x13198a2e, 0xdd7ce038, 0xf62a4c12],
  ])("philox2x32 of (%i, %i) under %i", (low, high, key, left, right) => {
    const out = new Uint32Array(2);
    philox2x32(low, high, key, out);
    expect([...out]).toEqual([left, right]);
  });

  it("resumes from a position with the same numbers", () => {
    const rng = createRng(7);
    const all = Array.from({ length: 20 }, () => rng.next());
    const resumed = createRng(7);
    resumed.position = 12;
    expect(Array.from({ length: 8 }, () => resumed.next())).toEqual(all.slice(12));
    expect(new Set(all).size).toBe(20);
  });
});
