import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  age,
  clock,
  dateIn,
  decimalText,
  exponent,
  figure,
  hash8,
  momentUtc,
  percent,
  placeText,
  signed,
  until,
} from "../../../kernel/lab/src/ui/text.ts";

const back = (text: string) => Number(text.replaceAll(",", "").replace("−", "-"));

describe("figures", () => {
  it("keep their value to the decimals shown, with a true minus sign", () => {
    fc.assert(
      fc.property(fc.double({ min: -1e9, max: 1e9, noNaN: true }), fc.nat(6), (value, decimals) => {
        const text = figure(value, decimals);
        expect(text).not.toContain("-");
        expect(Math.abs(back(text) - value)).toBeLessThanOrEqual(
          0.5000001 * 10 ** -decimals + Math.abs(value) * 1e-15,
        );
        expect(text.split(".")[1]?.length ?? 0).toBe(decimals);
      }),
    );
  });

  it("carry a sign exactly when they show something else than zero", () => {
    fc.assert(
      fc.property(fc.double({ min: -10, max: 10, noNaN: true }), (value) => {
        const text = signed(value, 2);
        expect(/^[+−]/.test(text)).toBe(back(text) !== 0);
        expect(back(text) === 0 || back(text) > 0 === value > 0).toBe(true);
      }),
    );
  });

  it("show what is not there as a dash", () => {
    expect([figure(null), figure(Number.NaN), signed(undefined), percent(null), figure("")]).toEqual(
      Array(5).fill("–"),
    );
  });

  it("round no decimal text", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), fc.nat(12), (units, scale) => {
        const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, "0");
        const whole = digits.slice(0, digits.length - scale);
        const text = `${units < 0n ? "-" : ""}${whole}${scale > 0 ? `.${digits.slice(-scale)}` : ""}`;
        expect(decimalText(text).replaceAll(",", "").replace("−", "-")).toBe(text);
      }),
    );
    expect(decimalText("-1234567.50")).toBe("−1,234,567.50");
    expect(decimalText("about 3")).toBe("about 3");
  });

  it("write an exponent", () => {
    expect([exponent(1.8e-7), exponent(1e-5), exponent(0)]).toEqual(["1.8e−7", "1e−5", "0"]);
  });
});

describe("times", () => {
  it("run as a clock", () => {
    expect([clock(0), clock(38_900), clock(114_000), clock(3_723_000)]).toEqual([
      "0:00",
      "0:38",
      "1:54",
      "1:02:03",
    ]);
  });

  it("say how old and how soon", () => {
    expect([age(400), age(41_000), age(720_000), age(10_800_000)]).toEqual([
      "0.4 s",
      "41 s",
      "12 min",
      "3 h",
    ]);
    expect([until(0), until(13_320_000), until(90_000_000)]).toEqual([
      "in less than a minute",
      "in 3 h 42 min",
      "in 1 d 1 h",
    ]);
  });

  it("tell a replay's years from today", () => {
    const now = Date.UTC(2026, 2, 10, 14, 32, 8);
    expect([momentUtc(now - 4000, now), momentUtc(Date.UTC(2017, 2, 22), now), momentUtc(null, now)]).toEqual(
      ["14:32:04", "22 Mar 17", "–"],
    );
  });

  it("are local in the zone asked for, on both sides of a clock change", () => {
    expect(dateIn(Date.UTC(2026, 2, 6, 21, 30), "America/New_York")).toBe("Fri 6 Mar, 16:30 EST");
    expect(dateIn(Date.UTC(2026, 2, 10, 20, 30), "America/New_York")).toBe("Tue 10 Mar, 16:30 EDT");
    expect(dateIn(Date.UTC(2026, 2, 10, 0, 5), "Nowhere/Land", false)).toBe("Tue 10 Mar, 00:05");
  });
});

it("shows 8 characters of a hash, and a place as far as it is known", () => {
  expect(hash8("sha256:6b1f09c2a77e")).toBe("6b1f09c2");
  expect([placeText({ cell: 9, line: 4 }), placeText({ cell: 9 }), placeText({})]).toEqual([
    "Cell 9, line 4",
    "Cell 9",
    "Cell",
  ]);
});
