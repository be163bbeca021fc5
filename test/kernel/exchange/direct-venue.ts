import { type Account, type Bars, lotsFromQuantity, type OrderType, ticksFromPrice } from "#model";
import {
  createSimVenue,
  depthLots,
  type Funds,
  lowFirst,
  type OrderTicket,
  printTime,
  type SimVenue,
} from "#venue";

/** What a script does when something was told: an order, or the cancel of the order sent `cancel` orders ago. */
export type Command =
  | {
      readonly account: number;
      readonly instrument: number;
      readonly side: 1 | -1;
      readonly type: OrderType;
      readonly lots: number;
      /** Ticks from the instrument's last trade. */
      readonly away: number;
    }
  | { readonly account: number; readonly cancel: number };

/** By the number of what was told: trades, and what became of orders. */
export type Script = ReadonlyMap<number, readonly Command[]>;

/** One line for everything that happened, so that two runs can be compared. */
export interface Outcome {
  readonly lines: string[];
  readonly funds: readonly Funds[];
}

/**
 * Runs a script against the matching engine itself, in the order of a backtest: the exchange with all its protocol
 * must come to the same.
 */
export function runDirectly(
  bars: readonly Bars[],
  terms: Account,
  accounts: number,
  script: Script,
): Outcome {
  const run = new DirectRun(bars, terms, accounts, script);
  const times = [...new Set(bars.flatMap(({ time }) => [...time]))].sort((a, b) => a - b);
  const { timeframeMs } = bars[0]!;
  for (const start of times) {
    const starting = [...bars.keys()].filter((i) => bars[i]!.time.includes(start));
    for (let k = 0; k < 4; k++) {
      run.arriveBefore(printTime(start, timeframeMs, k));
      for (const i of starting) run.print(i, start, k);
    }
  }
  return { lines: run.lines, funds: Array.from({ length: accounts }, (_, i) => run.venue.funds(i)) };
}

class DirectRun {
  readonly lines: string[] = [];
  readonly venue: SimVenue;
  private readonly bars: readonly Bars[];
  private readonly terms: Account;
  private readonly script: Script;
  private readonly last: number[] = [];
  private readonly sent: { readonly id: string; readonly account: number }[] = [];
  private now = 0;
  private told = 0;

  constructor(bars: readonly Bars[], terms: Account, accounts: number, script: Script) {
    this.bars = bars;
    this.terms = terms;
    this.script = script;
    const instruments = bars.map(({ instrument }) => instrument);
    this.venue = createSimVenue(terms, instruments, accounts);
  }

  arriveBefore(time: number): void {
    while (this.venue.nextArrival < time) {
      this.now = this.venue.nextArrival;
      this.venue.arriveNext();
      this.report();
    }
  }

  print(i: number, start: number, k: number): void {
    const { instrument, time, open, high, low, close, volume, timeframeMs } = this.bars[i]!;
    const bar = time.indexOf(start);
    const [o, h, l, c] = [open, high, low, close].map((column) => ticksFromPrice(instrument, column[bar]!));
    const prints = lowFirst(o!, h!, l!) ? [o!, l!, h!, c!] : [o!, h!, l!, c!];
    this.now = printTime(start, timeframeMs, k);
    this.last[i] = prints[k]!;
    this.venue.print(i, prints[k]!, depthLots(this.terms, lotsFromQuantity(instrument, volume[bar]!)));
    this.venue.match(this.now, i);
    this.lines.push(`trade ${this.now} ${i} ${prints[k]}`);
    this.command();
    this.report();
  }

  private report(): void {
    const { outbox } = this.venue;
    for (let k = 0; k < outbox.length; k++) {
      const { event, order, isMaker } = outbox[k]!;
      const fill =
        event.kind === "order-filled"
          ? ` ${event.trade} ${event.ticks} ${event.lots} ${event.fee} ${event.feeAsset} ${isMaker}`
          : "";
      this.lines.push(`${event.kind} ${event.time} ${order.account} ${event.id}${fill}`);
      this.command();
    }
    outbox.length = 0;
  }

  private command(): void {
    for (const command of this.script.get(this.told++) ?? []) {
      if ("cancel" in command) {
        const found = this.sent.at(-1 - command.cancel);
        if (found) this.lines.push(`cancel ${this.venue.cancel(this.now, found.account, found.id)}`);
        continue;
      }
      const { account, instrument, type, away, ...rest } = command;
      const id = `order-${this.sent.length}`;
      const ticks = type === "market" ? undefined : Math.max(1, (this.last[instrument] ?? 4e6) + away);
      const ticket: OrderTicket = { ...rest, id, instrument, type, ticks };
      this.sent.push({ id, account });
      const taken = this.venue.submit(this.now, account, ticket);
      this.lines.push(`order ${typeof taken === "string" ? taken : "taken"}`);
    }
  }
}
