import { decimalText } from "#core";
import type { VenueBalances } from "#model";
import type { TradingCore } from "./core/trading-core.ts";

/**
 * By asset that is traded here: what the books say that the account holds at the venue, in smallest units. Other assets
 * come and go, by rewards or by hand, and are nobody's business here.
 */
export function expectedBalances({ engine, foreign, instruments, terms }: TradingCore): Map<string, bigint> {
  const expected = new Map<string, bigint>();
  const add = (asset: string, units: bigint) => expected.set(asset, (expected.get(asset) ?? 0n) + units);
  add(terms.account.currency, engine.cash);
  engine.baseUnits.forEach((units, slot) => {
    add(instruments[slot % instruments.length]!.base, units);
  });
  for (const [asset, units] of Object.entries(foreign)) if (expected.has(asset)) add(asset, units);
  return expected;
}

/** The first asset of which venue and books do not hold the same, to the smallest unit; undefined if they agree. */
export function differenceOfBooks(core: TradingCore, { total }: VenueBalances): string | undefined {
  const decimals = core.instruments[0]!.assetDecimals;
  for (const [asset, units] of expectedBalances(core)) {
    const found = total[asset] ?? 0n;
    if (found !== units)
      return `${asset}: ${decimalText(found, decimals)} there, ${decimalText(units, decimals)} here`;
  }
  return undefined;
}
