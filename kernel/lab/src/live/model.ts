import type {
  LiveEvent,
  LiveState,
  LiveStrategy,
  LiveView,
  Order,
  Position,
  ToldStrategy,
  ToldView,
} from "../comm/protocol.ts";
import type { IconName } from "../ui/icon-paths.ts";
import { age, decimalText, figure, percent, signed } from "../ui/text.ts";

type Tone = "" | "ok" | "warn" | "bad" | "m";

/** A view with all its parts: a strategy that never answered has no figures, and `seenAt` is 0. */
export function wholeView({ at, strategies, damaged = [] }: ToldView): LiveView {
  return { at, strategies: strategies.map(wholeStrategy), damaged };
}

function wholeStrategy(told: ToldStrategy): LiveStrategy {
  return {
    venueTime: "",
    equity: 0,
    capital: 0,
    todayProfit: 0,
    exposure: 0,
    drawdown: 0,
    limits: {},
    curve: [],
    latencyMs: { p50: null, p99: null },
    positions: [],
    orders: [],
    events: [],
    ...told,
    seenAt: told.seenAt ?? 0,
  };
}

export interface Look {
  readonly icon: IconName;
  readonly tone: Tone;
  readonly word: string;
}

const STATES: Record<LiveState, Look> = {
  joining: { icon: "half", tone: "ok", word: "joining" },
  "waiting for the next bar": { icon: "ring", tone: "ok", word: "waiting for the next bar" },
  trading: { icon: "run", tone: "ok", word: "trading" },
  halted: { icon: "square", tone: "", word: "halted" },
  "strategy stopped": { icon: "stop", tone: "bad", word: "stopped" },
  ended: { icon: "ring", tone: "m", word: "ended" },
  "no contact": { icon: "plug", tone: "bad", word: "no contact" },
};

/** Shape, colour and word of a strategy's state. */
export function stateLook(state: LiveState): Look {
  return STATES[state] ?? { icon: "question", tone: "warn", word: state };
}

/** Shape, colour and word of an order's state. */
export function orderLook(order: Order): Look {
  if (order.state === "unknown") return { icon: "question", tone: "warn", word: "unknown" };
  if (order.state === "open")
    return order.filled > 0
      ? { icon: "half", tone: "ok", word: "part filled" }
      : { icon: "ring", tone: "", word: "open" };
  if (order.state === "submitting") return { icon: "queue", tone: "", word: "sent" };
  if (order.state === "canceling") return { icon: "queue", tone: "", word: "cancelling" };
  return { icon: "ring", tone: "", word: order.state };
}

export type Action = "halt" | "resume" | "flatten" | "stop" | "start";

/** What can be asked of a strategy in its state, in the order of the buttons. */
export function actionsOf(strategy: LiveStrategy): readonly Action[] {
  if (!strategy.isConnected && strategy.state !== "ended") return [];
  const flatten: readonly Action[] = isFlat(strategy) ? [] : ["flatten"];
  switch (strategy.state) {
    case "joining":
    case "waiting for the next bar":
    case "trading":
      return ["halt", ...flatten];
    case "halted":
      return ["resume", ...flatten, "stop"];
    case "strategy stopped":
      return [...flatten, "stop"];
    case "ended":
      return ["start"];
    case "no contact":
      return [];
  }
}

export function isFlat({ positions }: LiveStrategy): boolean {
  return positions.every(({ quantity }) => Number(quantity) === 0);
}

/** What flattening would do, with its size and about what it moves. */
export function flattenText(strategy: LiveStrategy, now: number): string {
  const parts = strategy.positions
    .filter(({ quantity }) => Number(quantity) !== 0)
    .map((position) => {
      const amount = Number(position.quantity);
      const verb = amount > 0 ? "Sells" : "Buys";
      const cost =
        position.mark === null
          ? "at market"
          : `at market, about ${figure(Math.abs(amount) * position.mark, 0)} ${strategy.currency}`;
      return `${verb} ${decimalText(position.quantity).replace(/^[+−]/, "")} ${coin(position.symbol)} ${cost}`;
    });
  const what = parts.length === 0 ? "Nothing is held" : parts.join("; ");
  const old = now - strategy.seenAt;
  return `${what}, then halts.${old > 10_000 ? ` Data is ${age(old)} old.` : ""}`;
}

/** "BTC/USDT" is "BTC". */
export function coin(symbol: string): string {
  return symbol.split("/")[0] ?? symbol;
}

export interface Attention {
  readonly key: string;
  readonly icon: IconName;
  readonly title: string;
  readonly text: string;
}

/** What needs a look, the gravest first. */
export function attention({ strategies, damaged = [] }: LiveView): Attention[] {
  const unseen = damaged.map(({ account, message }) => ({
    key: `damaged ${account}`,
    icon: "warn" as const,
    title: `Account not readable: ${account}`,
    text: `${message}. What trades on it is not shown here; Halt all reaches it all the same.`,
  }));
  const notes = strategies.flatMap((strategy) => [
    ...(strategy.booksDiffer
      ? [
          {
            key: `books ${strategy.account}`,
            icon: "warn" as const,
            title: `Books differ: ${strategy.account}`,
            text: `${strategy.booksDiffer} Trading is halted until they agree.`,
          },
        ]
      : []),
    ...strategy.orders
      .filter(({ state }) => state === "unknown")
      .map((order) => unknownOrder(strategy, order)),
    ...strategy.positions.filter(({ isStale }) => isStale).map((position) => stale(strategy, position)),
  ]);
  return [...unseen, ...notes];
}

function unknownOrder(strategy: LiveStrategy, order: Order): Attention {
  const left = order.quantity - order.filled;
  const reserved =
    order.price === null
      ? "Its money stays reserved."
      : `Its ${figure(left * order.price, 2)} ${strategy.currency} stay reserved.`;
  return {
    key: `order ${order.id}`,
    icon: "question",
    title: `Order unknown: ${order.side} ${figure(left)} ${coin(order.symbol)}, ${strategy.strategy}`,
    text: `The exchange gave no answer. ${reserved} Asking it by id ${order.id}.`,
  };
}

function stale(strategy: LiveStrategy, { symbol }: Position): Attention {
  return {
    key: `stale ${strategy.account} ${symbol}`,
    icon: "clock",
    title: `Stale data: ${symbol}, ${strategy.strategy}`,
    text: `No new price; the mark is the last one seen.`,
  };
}

export interface Total {
  readonly currency: string;
  readonly accounts: readonly string[];
  readonly equity: number;
  readonly today: number;
  /** Sum of sizes over equity. */
  readonly grossExposure: number;
}

/** Sums by currency; several strategies on one account count its equity once. */
export function totals({ strategies }: LiveView): Total[] {
  const byCurrency = new Map<string, Map<string, LiveStrategy[]>>();
  for (const strategy of strategies) {
    if (strategy.state === "ended" || strategy.seenAt === 0) continue;
    const accounts = byCurrency.get(strategy.currency) ?? new Map<string, LiveStrategy[]>();
    accounts.set(strategy.account, [...(accounts.get(strategy.account) ?? []), strategy]);
    byCurrency.set(strategy.currency, accounts);
  }
  return [...byCurrency].map(([currency, accounts]) => {
    const all = [...accounts.values()];
    const equity = all.reduce((sum, [first]) => sum + (first?.equity ?? 0), 0);
    const today = all.flat().reduce((sum, { todayProfit }) => sum + todayProfit, 0);
    const size = all.flat().reduce((sum, one) => sum + Math.abs(one.exposure) * one.equity, 0);
    return {
      currency,
      accounts: [...accounts.keys()],
      equity,
      today,
      grossExposure: equity === 0 ? 0 : size / equity,
    };
  });
}

export interface MeterFacts {
  readonly label: string;
  readonly text: string;
  /** Share of the limit, 0 to 1. */
  readonly share: number;
  readonly now: number;
  readonly max: number | null;
  /** Four fifths of the limit and more. */
  readonly isHot: boolean;
}

/** A value beside its limit, both fractions; the limit is positive, and the value is shown with its sign. */
export function meter(label: string, value: number, limit: number | undefined, decimals: number): MeterFacts {
  const shown = signed(value * 100, decimals);
  const max = limit === undefined || limit <= 0 ? null : limit;
  const limitText = label === "Exposure" ? percent(max, 0) : `−${figure((max ?? 0) * 100, 1)} %`;
  const share = max === null ? 0 : Math.min(1, Math.abs(value) / max);
  return {
    label,
    text: max === null ? `${shown} %, no limit` : `${shown} of ${limitText}`,
    share,
    now: Math.abs(value) * 100,
    max: max === null ? null : max * 100,
    isHot: share >= 0.8,
  };
}

/** Exposure, and what may be lost: the day's loss where it is limited, else the drawdown. */
export function metersOf(strategy: LiveStrategy): MeterFacts[] {
  const { limits, equity, todayProfit, exposure, drawdown } = strategy;
  const notional = limits.maxPositionNotional;
  const byNotional = notional !== undefined && equity > 0 ? notional / equity : undefined;
  const exposureMeter = meter("Exposure", exposure, limits.maxPosition ?? byNotional, 1);
  const dayStart = equity - todayProfit;
  const lost = dayStart > 0 ? Math.min(0, todayProfit / dayStart) : 0;
  return limits.maxDrawdown === undefined && limits.maxDailyLoss !== undefined
    ? [exposureMeter, meter("Daily loss", lost, limits.maxDailyLoss, 2)]
    : [exposureMeter, meter("Drawdown", drawdown, limits.maxDrawdown, 2)];
}

/** The orders that a halt would cancel. */
export function openOrders({ strategies }: LiveView): number {
  return strategies.reduce((sum, { orders }) => sum + orders.length, 0);
}

/** The positions that a halt would leave: "+0.1788 BTC, −2.5040 ETH"; "" if there are none. */
export function heldText({ strategies }: LiveView): string {
  return strategies
    .flatMap(({ positions }) => positions)
    .filter(({ quantity }) => Number(quantity) !== 0)
    .map(({ quantity, symbol }) => {
      const text = decimalText(quantity);
      return `${text.startsWith("−") || text.startsWith("+") ? text : `+${text}`} ${coin(symbol)}`;
    })
    .join(", ");
}

export interface ShownEvent {
  readonly key: string;
  readonly strategy: string;
  readonly event: LiveEvent;
}

/** The events of all strategies, newest first; two that read alike have keys of their own. */
export function eventsOf(strategies: readonly LiveStrategy[]): ShownEvent[] {
  const seen = new Map<string, number>();
  return strategies
    .flatMap(({ strategy, account, events }) => events.map((event) => ({ strategy, account, event })))
    .sort((a, b) => (b.event.time ?? 0) - (a.event.time ?? 0))
    .map(({ strategy, account, event }) => {
      const text = `${account} ${event.time} ${event.kind} ${event.text}`;
      const times = seen.get(text) ?? 0;
      seen.set(text, times + 1);
      return { key: `${text} ${times}`, strategy, event };
    });
}

/** An event's first word, which is bold, and the rest with what parts them: "Sold" and " 38.356 SPX at 2356.06". */
export function eventWords({ text }: LiveEvent, kindWord: string): readonly [string, string] {
  const sentence = /^(\p{Lu}\p{Ll}+)([,:]?\s.*)$/su.exec(text);
  return sentence ? [sentence[1]!, sentence[2]!] : [kindWord, ` ${text}`];
}

/** Those that trade or could: what Halt all is about. */
export function running({ strategies }: LiveView): LiveStrategy[] {
  return strategies.filter(({ state }) => state !== "ended" && state !== "halted");
}
