import type { Millis } from "#core";
import type { Instrument } from "#model";
import type { Audience } from "../audience.ts";
import type { Market } from "../market.ts";
import type { ExchangeKey } from "../options.ts";
import type { Params } from "./params.ts";
import { refuse } from "./refusal.ts";

/** What the answers of the protocol are made from. */
export interface Desk {
  readonly market: Market;
  readonly audience: Audience;
  readonly keys: readonly ExchangeKey[];
  /** Index of each instrument by Binance's name for it: "BTCUSDT". */
  readonly symbols: ReadonlyMap<string, number>;
}

/** Answers at once. @param account whose request it is; of public requests nobody's: -1. */
export type Operation = (desk: Desk, params: Params, account: number) => unknown;

export function binanceSymbol({ base, quote }: Instrument): string {
  return base + quote;
}

/** The instrument of the parameter `symbol`. Errors: -1102, -1121. */
export function instrumentOf({ symbols }: Desk, params: Params): number {
  return symbols.get(params.mandatory("symbol")) ?? refuse(-1121, "Invalid symbol.");
}

/** The instruments asked for, all if none is. Errors: -1105, -1121. */
export function instrumentsOf(desk: Desk, params: Params): number[] {
  return params.has("symbol") ? [instrumentOf(desk, params)] : [...desk.market.tapes.keys()];
}

/** Binance's stamps are whole milliseconds. */
export function stamp(time: Millis): number {
  return Math.floor(time);
}
