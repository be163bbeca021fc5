import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decimalText } from "#core";
import type { Account, Bars, Instrument } from "#model";
import { type Command, type Outcome, runDirectly, type Script } from "./direct-venue.ts";
import { BTC, barsOf, ETH, exchangeOf, KEYS, type Row, termsOf } from "./fixtures.ts";
import { type Answer, Follower, type Message } from "./follower.ts";

const INSTRUMENTS = [BTC, ETH];
/** The venue's reasons by the exchange's answers. */
const REASONS: Readonly<Record<string, string>> = {
  "-2010 Account has insufficient balance for requested action.": "insufficient-funds",
  "-2010 Stop price would trigger immediately.": "would-trigger",
  "-1013 Filter failure: NOTIONAL": "min-notional",
  "-1112 No orders on book for symbol.": "no-market",
  "-1013 Market is closed.": "no-market",
};
const KINDS = { TRADE: "order-filled", EXPIRED: "order-expired", CANCELED: "order-canceled" } as const;

/** Runs a script over the protocol, in lockstep. */
async function runOverProtocol(bars: readonly Bars[], terms: Account, accounts: number, script: Script) {
  const lines: string[] = [];
  const last: number[] = [];
  const sent: { readonly id: string; readonly account: number; readonly instrument: number }[] = [];
  let told = 0;
  const nameOf = (i: number) => INSTRUMENTS[i]!.symbol.replace("/", "");
  const run = async (command: Command) => {
    if ("cancel" in command) {
      const found = sent.at(-1 - command.cancel);
      if (!found) return;
      const params = { symbol: nameOf(found.instrument), origClientOrderId: found.id };
      const { status, error } = await follower.command(found.account, "order.cancel", params);
      expect(error?.code ?? 0).toBe(status === 200 ? 0 : -2011);
      lines.push(`cancel ${status === 200}`);
      return;
    }
    const { account, instrument, side, type, lots, away } = command;
    const id = `order-${sent.length}`;
    sent.push({ id, account, instrument });
    const price = priceOf(INSTRUMENTS[instrument]!, Math.max(1, (last[instrument] ?? 4e6) + away));
    const answer = await follower.command(account, "order.place", {
      symbol: nameOf(instrument),
      side: side > 0 ? "BUY" : "SELL",
      quantity: quantityOf(INSTRUMENTS[instrument]!, lots),
      newClientOrderId: id,
      newOrderRespType: "ACK",
      ...(type === "market" ? { type: "MARKET" } : {}),
      ...(type === "limit" ? { type: "LIMIT", timeInForce: "GTC", price } : {}),
      ...(type === "stop" ? { type: "STOP_LOSS", stopPrice: price } : {}),
    });
    lines.push(`order ${reasonOf(answer)}`);
  };
  const follower = await Follower.open({
    keys: KEYS.slice(0, accounts),
    symbols: INSTRUMENTS.map(({ symbol }) => symbol),
    onMessage: async (message, account) => {
      const line = lineOf(message, account, last);
      if (line === undefined) return;
      lines.push(line);
      for (const command of script.get(told++) ?? []) await run(command);
    },
  });
  const exchange = await exchangeOf({
    bars,
    terms,
    keys: KEYS.slice(0, accounts),
    pace: { kind: "lockstep", progress: follower.endpoint },
  });
  await follower.connect(exchange.origin);
  await exchange.done;
  follower.check();
  const state = exchange.state();
  await exchange.close();
  follower.cut();
  return { lines, state };
}

function lineOf(message: Message, account: number, last: number[]): string | undefined {
  const i = INSTRUMENTS.findIndex(({ symbol }) => symbol.replace("/", "") === message.s);
  if (message.e === "trade") {
    last[i] = Math.round(Number(message.p) / INSTRUMENTS[i]!.tickSize);
    return `trade ${message.T} ${i} ${last[i]}`;
  }
  if (message.e !== "executionReport" || message.x === "NEW") return undefined;
  const { x, T, C, c, t, L, l, n, N, m } = message as unknown as Record<string, string>;
  const instrument = INSTRUMENTS[i]!;
  const [ticks, lots] = [
    Number(L) / instrument.tickSize,
    Number(l) / (instrument.lotUnits / instrument.quantityScale),
  ];
  const fill =
    x === "TRADE"
      ? ` ${t} ${Math.round(ticks)} ${Math.round(lots)} ${n!.replace(".", "").replace(/^0+(?=\d)/, "")} ${N} ${m}`
      : "";
  return `${KINDS[x as keyof typeof KINDS]} ${T} ${account} ${C || c}${fill}`;
}

function reasonOf({ error }: Answer): string {
  return error ? (REASONS[`${error.code} ${error.msg}`] ?? `${error.code} ${error.msg}`) : "taken";
}

function priceOf({ tickUnits, priceScale }: Instrument, ticks: number): string {
  return decimalText(BigInt(ticks * tickUnits), Math.log10(priceScale));
}

function quantityOf({ lotUnits, quantityScale }: Instrument, lots: number): string {
  return decimalText(BigInt(lots * lotUnits), Math.log10(quantityScale));
}

function balancesOf({ funds }: Outcome) {
  const texts = ({ free, locked }: { free: bigint; locked: bigint }) => ({
    free: decimalText(free, 8),
    locked: decimalText(locked, 8),
  });
  return funds.map(({ quote, base }) => ({ BTC: texts(base[0]!), ETH: texts(base[1]!), USDT: texts(quote) }));
}

const row = (open: number): fc.Arbitrary<Row> =>
  fc
    .record({
      up: fc.nat(900),
      down: fc.nat(900),
      close: fc.double({ min: 0, max: 1, noNaN: true }),
      lots: fc.integer({ min: 4, max: 20_000 }),
    })
    .map(({ up, down, close, lots }) => [
      open,
      open + up,
      open - down,
      Math.round(open - down + close * (up + down)),
      lots,
    ]);
const history = (open: number) =>
  fc.array(fc.option(row(open), { nil: undefined, freq: 6 }), { minLength: 4, maxLength: 6 });
const order = (accounts: number): fc.Arbitrary<Command> =>
  fc.record({
    account: fc.nat(accounts - 1),
    instrument: fc.nat(1),
    side: fc.constantFrom(1, 1, -1),
    type: fc.constantFrom("market", "limit", "stop"),
    lots: fc.integer({ min: 1, max: 1500 }),
    away: fc.integer({ min: -1000, max: 1000 }),
  });
const cancel = (accounts: number): fc.Arbitrary<Command> =>
  fc.record({ account: fc.nat(accounts - 1), cancel: fc.nat(3) });
const script = (accounts: number) =>
  fc
    .array(
      fc.tuple(
        fc.nat(60),
        fc.oneof({ weight: 4, arbitrary: order(accounts) }, { weight: 1, arbitrary: cancel(accounts) }),
      ),
      { minLength: 10, maxLength: 60 },
    )
    .map((pairs): Script => {
      const steps = new Map<number, Command[]>();
      for (const [at, command] of pairs) steps.set(at, [...(steps.get(at) ?? []), command]);
      return steps;
    });
const latency = fc.constantFrom(0, 50, 864e5 / 3, 864e5 / 2);

describe("a script of orders over the protocol", () => {
  it.each([1, 2])(
    "comes to the same as on the matching engine in the order of a backtest, %i accounts",
    async (accounts) => {
      let fills = 0;
      await fc.assert(
        fc.asyncProperty(
          history(4_000_000),
          history(60_000),
          script(accounts),
          latency,
          async (btc, eth, steps, latencyMs) => {
            fc.pre(btc.some(Boolean) && eth.some(Boolean));
            const bars = [barsOf(BTC, btc), barsOf(ETH, eth)];
            const terms = termsOf({ latencyMs });
            const direct = runDirectly(bars, terms, accounts, steps);
            const { lines, state } = await runOverProtocol(bars, terms, accounts, steps);
            expect(lines).toEqual(direct.lines);
            expect(state.accounts.map(({ balances }) => balances)).toEqual(balancesOf(direct));
            fills += lines.filter((line) => line.startsWith("order-filled")).length;
          },
        ),
        { numRuns: 40 },
      );
      expect(fills).toBeGreaterThan(20);
    },
  );
});
