import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decimalText, parseDecimal, parseUnits, powerOfTen, unitsFromText } from "#core";

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

describe("an amount in a decimal text", () => {
  it("is read to the last unit, with any zeros behind it", () =>
    fc.assert(
      fc.property(fc.bigInt(-(10n ** 30n), 10n ** 30n), fc.nat(18), fc.nat(5), (units, decimals, zeros) => {
        const text = decimalText(units, decimals);
        expect(unitsFromText(text, decimals)).toBe(units);
        expect(unitsFromText(text, decimals + 2)).toBe(units * 100n);
        if (text.includes(".")) expect(unitsFromText(text + "0".repeat(zeros), decimals)).toBe(units);
      }),
    ));

  it.each([
    ["0.00000000", 0n],
    ["1.00000000", 100000000n],
    ["-0.10", -10000000n],
    ["12", 1200000000n],
  ])("%s is %d units of 10^-8", (text, units) => expect(unitsFromText(text, 8)).toBe(units));

  it.each(["", ".", "1.", ".5", "1e3", "0x1", " 1", "NaN", "null", "undefined", "1,5", "0.123456789"])(
    "refuses %j",
    (text) =>
      expect(() => unitsFromText(text, 8)).toThrowError(
        expect.objectContaining({ code: "core.bad-decimal" }),
      ),
  );
});
