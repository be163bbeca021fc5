import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decimalText, parseDecimal, parseUnits, powerOfTen } from "#core";

describe("a decimal", () => {
  it("is read exactly, and written back as it was", () =>
    fc.assert(
      fc.property(fc.integer({ min: -1e15, max: 1e15 }), fc.nat(15), (units, decimals) => {
        const text = decimalText(BigInt(units), decimals);
        const read = parseDecimal(text);
        expect(read).toEqual({ units, decimals });
        expect(read.units / powerOfTen(decimals)).toBe(Number(text));
      }),
    ));

  it.each([
    "",
    "abc",
    "1e5",
    "1,5",
    ".5",
    "5.",
    "0x10",
    "1.2.3",
    "+1",
    "9007199254740993",
    `0.${"1".repeat(16)}`,
  ])('refuses "%s"', (text) => {
    expect(() => parseDecimal(text, "tick")).toThrowError(
      expect.objectContaining({ code: "core.bad-decimal", message: expect.stringContaining("the tick") }),
    );
  });

  it("has no negative zero", () => {
    expect(Object.is(parseDecimal("-0.00").units, 0)).toBe(true);
  });

  it("of any size is written with its sign and all digits", () => {
    expect(decimalText(-5n, 2)).toBe("-0.05");
    expect(decimalText(123456789012345678901234567890n, 8)).toBe("1234567890123456789012.34567890");
    expect(decimalText(7n, 0)).toBe("7");
  });
});

describe("an amount", () => {
  it("in smallest units is its decimal text, cut off", () => {
    expect(parseUnits(100000.5, 2)).toBe(10000050n);
    expect(parseUnits(0.129, 2)).toBe(12n);
    expect(parseUnits(-1.5, 8)).toBe(-150000000n);
    expect(parseUnits(0.1, 18)).toBe(10n ** 17n);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 1e21, 1e-7])(
    "of %d cannot be written in plain digits",
    (value) => {
      expect(() => parseUnits(value, 8)).toThrowError(expect.objectContaining({ code: "core.bad-decimal" }));
    },
  );
});
