import { fail, type Millis, parseUnits, powerOfTen } from "#core";
import { type Account, type AssetUnits, checkLimits, type Instrument, type Limits, type Order } from "#model";

/**
 * All that the engine knows. Plain data, so that a snapshot is a copy.
 *
 * Indexed by instrument i (0..I-1), or by slot = strategy * I + i. Money is bigint in the currency's smallest unit;
 * positions are bigint in the base asset's smallest unit, because a fee in the base asset leaves less than a lot.
 */
export interface Engine {
  readonly account: Account;
  readonly instruments: readonly Instrument[];
  /** Names of the strategies, in order. */
  readonly strategies: readonly string[];
  /** In force now: an operator may change them. */
  limits: Limits;
  /** By slot: how the ids of its orders begin, "trend-SPXUSD". */
  readonly orderNames: readonly string[];
  /** Fraction of a target within which a new call changes nothing. */
  readonly rebalance: number;

  /** Venue time of the last event, never backwards; -Infinity before the first. */
  now: Millis;
  /** Last known price of each instrument in ticks; NaN before the first. */
  readonly markTicks: Float64Array;
  /** One entry: the equity when it was last marked. */
  readonly marked: Float64Array;

  /** Currency held, and the same as a float for marking. */
  cash: AssetUnits;
  cashValue: number;
  /** Held back for buys in flight or resting. */
  reserved: AssetUnits;

  /** By slot: base asset held. */
  readonly baseUnits: AssetUnits[];
  /** By slot: base asset held, in units of the asset, as a float for marking. */
  readonly quantity: Float64Array;
  /** By slot: whole lots held. */
  readonly lots: Float64Array;
  /** By slot: what the held quantity cost, in the quote asset's smallest unit. */
  readonly costUnits: AssetUnits[];
  /** By slot: profit of what was sold, before fees in the quote asset, in its smallest unit. */
  readonly realized: AssetUnits[];

  /** By slot: signed lots still to be traded to reach the target, those under way included; 0 when it is reached. */
  readonly toTrade: Float64Array;
  /** By slot: trigger of the protective stop; NaN for none. */
  readonly stopTicks: Float64Array;
  /** By slot: 1 while the rest of a target waits for the next decision, because the book was empty. */
  readonly waiting: Uint8Array;
  /** How many slots wait. */
  waitingCount: number;

  /** Orders that have not ended, by client order id, oldest first. */
  readonly orders: Map<string, Order>;
  /** Events about orders that it does not know, or knows to be over: told twice, or not its own. */
  strays: number;
  /** Orders made within the running decision, for their ids. */
  ordersInDecision: number;
  /** Decisions asked for so far. */
  decision: number;

  /** UTC day (days since the epoch) of the last event, and the equity at its first. */
  day: number;
  dayEquity: number;
  halted: boolean;
  /** By strategy: 1 once it is asked no more. */
  readonly stopped: Uint8Array;
  /** Engine times of the latest orders, a ring of maxOrdersPerMinute entries (empty without that limit). */
  sentAt: Float64Array;
  sent: number;

  /** Fees paid so far, in the currency: base fees count at the price of their fill. */
  fees: number;
}

export interface EngineConfig {
  readonly account: Account;
  readonly instruments: readonly Instrument[];
  readonly strategies: readonly string[];
  readonly limits?: Limits;
  /** Default 0.1. */
  readonly rebalance?: number;
}

/** A fresh engine: all cash, no orders. Errors: `engine.bad-config`, `model.bad-limits`. */
export function createEngine(config: EngineConfig): Engine {
  const { account, instruments, strategies, rebalance = 0.1 } = config;
  const limits = checkLimits(config.limits ?? {});
  if (instruments.length === 0 || strategies.length === 0) {
    fail("engine.bad-config", { message: "an engine needs at least one instrument and one strategy" });
  }
  for (const instrument of instruments) {
    if (instrument.quote !== account.currency) {
      fail("engine.bad-config", {
        message: `${instrument.symbol} is quoted in ${instrument.quote}, the account holds ${account.currency}`,
        hint: `Trade instruments quoted in ${account.currency}, or set the account's currency to ${instrument.quote}.`,
        fields: { symbol: instrument.symbol, currency: account.currency },
      });
    }
    if (instrument.assetDecimals !== instruments[0]!.assetDecimals) {
      fail("engine.bad-config", {
        message: `${instrument.symbol} counts ${account.currency} to ${instrument.assetDecimals} digits, ${instruments[0]!.symbol} to ${instruments[0]!.assetDecimals}`,
        hint: "Instruments of one account need the same assetDecimals.",
        fields: { symbol: instrument.symbol, assetDecimals: instrument.assetDecimals },
      });
    }
  }
  const slots = strategies.length * instruments.length;
  const { assetDecimals } = instruments[0]!;
  const cash = parseUnits(account.capital, assetDecimals);
  const cashValue = Number(cash) / powerOfTen(assetDecimals);
  return {
    account,
    instruments,
    strategies,
    limits,
    orderNames: strategies.flatMap((strategy) =>
      instruments.map(({ base, quote }) => `${strategy}-${`${base}${quote}`.replace(/[^A-Za-z0-9]/g, "")}`),
    ),
    rebalance,
    now: Number.NEGATIVE_INFINITY,
    markTicks: new Float64Array(instruments.length).fill(Number.NaN),
    marked: Float64Array.of(cashValue),
    cash,
    cashValue,
    reserved: 0n,
    baseUnits: new Array<AssetUnits>(slots).fill(0n),
    quantity: new Float64Array(slots),
    lots: new Float64Array(slots),
    costUnits: new Array<AssetUnits>(slots).fill(0n),
    realized: new Array<AssetUnits>(slots).fill(0n),
    toTrade: new Float64Array(slots),
    stopTicks: new Float64Array(slots).fill(Number.NaN),
    waiting: new Uint8Array(slots),
    waitingCount: 0,
    orders: new Map(),
    strays: 0,
    ordersInDecision: 0,
    decision: 0,
    day: Number.NaN,
    dayEquity: cashValue,
    halted: false,
    stopped: new Uint8Array(strategies.length),
    sentAt: new Float64Array(limits.maxOrdersPerMinute ?? 0).fill(Number.NEGATIVE_INFINITY),
    sent: 0,
    fees: 0,
  };
}

export function slotOf(engine: Engine, strategy: number, instrument: number): number {
  return strategy * engine.instruments.length + instrument;
}
