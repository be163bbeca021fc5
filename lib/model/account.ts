import { checkNames, fail } from "#core";

/** A cost rate in basis points (1/10,000 of the traded value). Made by {@link bps}. */
export interface Rate {
  readonly bps: number;
}

/** Basis points: bps(10) is 0.1 %. At least 0, below 10,000; fractions down to 0.001. Errors: `model.bad-account`. */
export function bps(value: number): Rate {
  if (!(value >= 0 && value < 10_000)) {
    fail("model.bad-account", {
      message: `bps(${value}): a rate lies in [0, 10000) basis points`,
      fields: { value },
    });
  }
  return { bps: value };
}

export interface AccountSpec {
  /** Whose rules on fee assets, rounding and filters apply. */
  readonly venue: "binance";
  /** A cash account buys with what it has: no shorts, no leverage. */
  readonly kind: "cash";
  /** The asset that capital and results are counted in. */
  readonly currency: string;
  /** Start capital in `currency`, above 0. */
  readonly capital: number;
  /** Fee on the traded value. */
  readonly fees: Rate;
  /** Half the spread: how far a market order fills from the print, before rounding to the tick against it. */
  readonly slippage: Rate;
  /** From decision to arrival at the venue, milliseconds, whole. Default 50. */
  readonly latencyMs?: number;
  /** Share of a bar's volume that stands on each side of the book at each print, in (0, 1]. Default 0.1. */
  readonly depthShare?: number;
}

export type Account = Required<AccountSpec>;

const NAMES: readonly (keyof AccountSpec)[] = [
  "venue",
  "kind",
  "currency",
  "capital",
  "fees",
  "slippage",
  "latencyMs",
  "depthShare",
];

/** Checks an account and fills in the defaults. Errors: `model.bad-account`. */
export function account(spec: AccountSpec): Account {
  checkNames("model.bad-account", "account", spec, NAMES);
  const full: Account = { latencyMs: 50, depthShare: 0.1, ...spec };
  const bad = (field: keyof AccountSpec, rule: string) =>
    fail("model.bad-account", {
      message: `account ${field} is ${JSON.stringify(full[field])}: ${rule}`,
      fields: { field, value: full[field] },
    });
  if (full.venue !== "binance") bad("venue", 'only "binance" is supported so far');
  if (full.kind !== "cash") bad("kind", 'only "cash" is supported so far');
  if (!/^[A-Z0-9]{2,10}$/.test(full.currency)) bad("currency", "an asset's code, such as USD");
  if (!(full.capital > 0 && full.capital < 1e12)) bad("capital", "an amount above 0 and below 1e12");
  if (!Number.isInteger(full.latencyMs) || full.latencyMs < 0)
    bad("latencyMs", "whole milliseconds, at least 0");
  if (!(full.depthShare > 0 && full.depthShare <= 1)) bad("depthShare", "a share in (0, 1]");
  if (!isRate(full.fees)) bad("fees", "a rate, such as bps(10)");
  if (!isRate(full.slippage)) bad("slippage", "a rate, such as bps(2)");
  return full;
}

function isRate(rate: Rate | undefined): boolean {
  return typeof rate?.bps === "number" && rate.bps >= 0 && rate.bps < 10_000;
}
