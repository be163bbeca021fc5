import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decimalText } from "#core";
import {
  createInstrument,
  type InstrumentSpec,
  lotsFromQuantity,
  notionalUnits,
  priceFromTicks,
  quantityFromLots,
  ticksFromPrice,
} from "#model";

const steps = fc.record({ units: fc.constantFrom(1, 2, 5, 25), decimals: fc.nat(6) });
const counts = fc.integer({ min: 0, max: 1e9 });

function instrumentOf(tick: string, lot: string) {
  return createInstrument({ symbol: "BTC/USD", tick, lot, assetDecimals: 12 });
}

describe("an instrument", () => {
  it("gives each tick the double nearest to its decimal text, and takes it back", () =>
    fc.assert(
      fc.property(steps, counts, ({ units, decimals }, ticks) => {
        const instrument = instrumentOf(decimalText(BigInt(units), decimals), "1");
        const price = priceFromTicks(instrument, ticks);
        expect(price).toBe(Number(decimalText(BigInt(units) * BigInt(ticks), decimals)));
        expect(ticksFromPrice(instrument, price)).toBe(ticks);
      }),
    ));

  it("takes a price to its nearest tick", () => {
    const instrument = instrumentOf("0.05", "1");
    expect([0.07, 0.08, 0.1, 0.024].map((price) => ticksFromPrice(instrument, price))).toEqual([1, 2, 2, 0]);
  });

  it("gives each lot the double nearest to its decimal text, and takes it back", () =>
    fc.assert(
      fc.property(steps, counts, ({ units, decimals }, lots) => {
        const instrument = instrumentOf("1", decimalText(BigInt(units), decimals));
        const quantity = quantityFromLots(instrument, lots);
        expect(quantity).toBe(Number(decimalText(BigInt(units) * BigInt(lots), decimals)));
        expect(lotsFromQuantity(instrument, quantity)).toBe(lots);
      }),
    ));

  it("cuts fractions of a lot off, toward zero, but for a hair of float error", () => {
    const instrument = instrumentOf("1", "0.1");
    expect(lotsFromQuantity(instrument, 0.29)).toBe(2);
    expect(lotsFromQuantity(instrument, -0.29)).toBe(-2);
    expect(lotsFromQuantity(instrument, 0.1 + 0.2)).toBe(3);
    expect(lotsFromQuantity(instrument, 0.7 - 0.1)).toBe(6);
    expect(lotsFromQuantity(instrument, 0.09999)).toBe(0);
    expect(lotsFromQuantity(instrument, Number.NaN)).toBeNaN();
  });

  it("values lots at ticks exactly, also beyond what a double holds", () =>
    fc.assert(
      fc.property(steps, fc.integer({ min: 0, max: 1e12 }), counts, ({ units, decimals }, lots, ticks) => {
        const instrument = instrumentOf(decimalText(BigInt(units), decimals), "0.25");
        const exact = BigInt(units) * BigInt(ticks) * 25n * BigInt(lots) * 10n ** BigInt(12 - decimals - 2);
        expect(notionalUnits(instrument, ticks, lots)).toBe(exact);
      }),
    ));

  it("knows its smallest order", () => {
    expect(
      createInstrument({ symbol: "A/B", tick: "1", lot: "1", minNotional: "5.5" }).minNotionalUnits,
    ).toBe(550000000n);
  });

  const good: InstrumentSpec = { symbol: "BTC/USD", tick: "0.01", lot: "0.001" };
  it.each<[string, Partial<InstrumentSpec>]>([
    ["no slash", { symbol: "BTCUSD" }],
    ["no quote", { symbol: "BTC/" }],
    ["two slashes", { symbol: "A/B/C" }],
    ["a tick of zero", { tick: "0.00" }],
    ["a lot below zero", { lot: "-1" }],
    ["more digits than the asset has", { tick: "0.00001", lot: "0.0001" }],
    ["half a digit", { assetDecimals: 8.5 }],
    ["too many digits", { assetDecimals: 19 }],
    ["NaN digits", { assetDecimals: Number.NaN }],
  ])("is refused with %s", (_, change) => {
    expect(() => createInstrument({ ...good, ...change })).toThrowError(
      expect.objectContaining({ code: "model.bad-instrument" }),
    );
  });

  it("is refused with a tick that is no decimal", () => {
    expect(() => createInstrument({ ...good, tick: "1e-8" })).toThrowError(
      expect.objectContaining({ code: "core.bad-decimal", message: expect.stringContaining("tick") }),
    );
  });
});
