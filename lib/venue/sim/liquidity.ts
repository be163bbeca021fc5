import type { Millis } from "#core";
import type { Account, Lots, Ticks } from "#model";

/**
 * The one liquidity model, of the backtest and of the simulated exchange alike.
 *
 * A bar that starts at t and lasts d becomes four prints:
 *   open at t, the first extreme at t + d/3, the second at t + 2d/3, close at t + d - 1 ms.
 * Of the extremes the one nearer the open comes first, at a tie the low.
 *
 * After each print a book stands until the next:
 *   ask = ceil(print * (1 + s)), bid = floor(print * (1 - s)) in ticks, s = the account's slippage,
 *   and depthShare * volume of the bar (whole lots, rounded down) on each side at that one price.
 */
export const PRINTS_PER_BAR = 4;

/** When print k (0..3) of a bar takes place. */
export function printTime(start: Millis, length: Millis, k: number): Millis {
  if (k === 0) return start;
  return k === 3 ? start + length - 1 : start + (length * k) / 3;
}

/** True if the low comes before the high. */
export function lowFirst(open: Ticks, high: Ticks, low: Ticks): boolean {
  return open - low <= high - open;
}

/** Best ask after a print. */
export function askTicks(account: Account, print: Ticks): Ticks {
  return Math.ceil((print * (RATE_ONE + rateUnits(account))) / RATE_ONE);
}

/** Best bid after a print; at least one tick. */
export function bidTicks(account: Account, print: Ticks): Ticks {
  return Math.max(1, Math.floor((print * (RATE_ONE - rateUnits(account))) / RATE_ONE));
}

/** Whole lots on each side of the book, of a bar's volume in lots. */
export function depthLots(account: Account, volumeLots: number): Lots {
  return Math.floor(roundHair(volumeLots * account.depthShare));
}

/**
 * Rates have three decimals in basis points, so that the product with a print is a whole number and the rounding
 * exact (up to 4e8 ticks; beyond, one tick in that many).
 */
const RATE_ONE = 1e7;

function rateUnits(account: Account): number {
  return Math.round(account.slippage.bps * 1000);
}

/** Float products such as 0.1 * 30 miss a whole number by a hair; rounding down from there would cost a lot. */
function roundHair(value: number): number {
  const nearest = Math.round(value);
  return Math.abs(value - nearest) <= 4 * Number.EPSILON * Math.max(1, Math.abs(nearest)) ? nearest : value;
}
