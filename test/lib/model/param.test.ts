import { describe, expect, it } from "vitest";
import { choice, float, int } from "#model";

describe("parameter ranges", () => {
  it("are plain data", () => {
    expect(float(0.5, 0.7)).toEqual({ kind: "float", min: 0.5, max: 0.7 });
    expect(int(5, 50, { step: 5 })).toEqual({ kind: "int", min: 5, max: 50, step: 5 });
    expect(int(1, 100, { log: true })).toEqual({ kind: "int", min: 1, max: 100, log: true });
    expect(choice(["ema", "sma"])).toEqual({ kind: "choice", options: ["ema", "sma"] });
  });

  it.each([
    ["an empty range", () => float(1, 1)],
    ["min above max", () => int(9, 2)],
    ["NaN", () => float(Number.NaN, 1)],
    ["an infinite bound", () => float(0, Infinity)],
    ["a fraction in an int", () => int(1.5, 3)],
    ["a fraction as an int's step", () => int(1, 3, { step: 0.5 })],
    ["a step of zero", () => float(0, 1, { step: 0 })],
    ["a step above the width", () => float(0, 1, { step: 2 })],
    ["a log range from zero", () => float(0, 1, { log: true })],
    ["a log range with a step", () => float(1, 2, { log: true, step: 0.1 })],
    ["no options", () => choice([])],
    ["an option twice", () => choice(["a", "a"])],
    ["NaN as an option", () => choice([1, Number.NaN])],
  ])("refuse %s", (_, make) => {
    expect(make).toThrowError(expect.objectContaining({ code: "model.bad-param", hint: expect.any(String) }));
  });
});
