import { once } from "node:events";
import { connect } from "node:net";
import * as fc from "fast-check";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { Exchange } from "#exchange";
import { createBarBuilder } from "#market";
import { quantityFromLots } from "#model";
import { BTC, barsOf, DAY, ETH, exchangeOf, KEYS, type Row, START } from "./fixtures.ts";
import { Follower, type Message } from "./follower.ts";

/** Bars that rise and fall; some days one of the two has none. */
const BTC_ROWS: (Row | undefined)[] = Array.from({ length: 14 }, (_, day) => {
  const open = 4_000_000 + Math.round(20_000 * Math.sin(day));
  return day === 6 ? undefined : [open, open + 900, open - 500 - day, open + 300 - 60 * day, 4001 + day];
});
const ETH_ROWS: (Row | undefined)[] = Array.from({ length: 14 }, (_, day) => {
  const open = 40_000 + Math.round(300 * Math.cos(day));
  return day === 9 || day === 3 ? undefined : [open, open + 90, open - 50, open + 30 - 6 * day, 4 + 2 * day];
});
const HISTORIES = [barsOf(BTC, BTC_ROWS), barsOf(ETH, ETH_ROWS)];
const FROM = START + 2 * DAY;
const SYMBOLS = ["BTC/USDT", "ETH/USDT"];

/** Buys and sells on some trades, so that there is something to tell on the user streams. */
function trader(follower: () => Follower) {
  let n = 0;
  return async (message: Message) => {
    if (message.e !== "trade" || message.s !== "BTCUSDT" || Number(message.t) % 3 !== 0) return;
    const side = Number(message.t) % 2 === 0 ? "SELL" : "BUY";
    await follower().command(0, "order.place", {
      symbol: "BTCUSDT",
      side,
      type: "MARKET",
      quantity: "0.5",
      newClientOrderId: `order-${n++}`,
      newOrderRespType: "ACK",
    });
  };
}

async function follow(
  options: {
    readonly jitterSeed?: number;
    readonly losesAt?: number;
    readonly namesFirst?: boolean;
    readonly speed?: number;
  } = {},
) {
  const trade = trader(() => follower);
  const follower: Follower = await Follower.open({
    keys: KEYS.slice(0, 1),
    symbols: SYMBOLS,
    onMessage: trade,
    namesFirst: options.namesFirst ?? false,
    ...(options.losesAt === undefined ? {} : { losesAt: options.losesAt }),
  });
  const exchange = await exchangeOf({
    bars: HISTORIES,
    from: FROM,
    pace: {
      kind: "lockstep",
      progress: follower.endpoint,
      ...(options.speed === undefined ? {} : { speed: options.speed }),
    },
    ...(options.jitterSeed === undefined ? {} : { jitter: { ms: 4, seed: options.jitterSeed } }),
  });
  await follower.connect(exchange.origin);
  await exchange.done;
  follower.check();
  const { taken, fills } = follower;
  const state = exchange.state();
  await exchange.close();
  follower.cut();
  return { taken, fills: [...fills], state };
}

const waits = (exchange: Exchange, text: string) =>
  vi.waitFor(() => expect(exchange.state().waitsFor).toContain(text), { timeout: 20_000 });

describe("lockstep", () => {
  it("follows a replay to its end; the bars of its trades are the history", async () => {
    const { taken } = await follow();
    for (const { instrument, time, open, high, low, close, volume } of HISTORIES) {
      const builder = createBarBuilder(DAY);
      const name = instrument.symbol.replace("/", "");
      const built: number[][] = [];
      const close1 = () => {
        const bar = builder.close()!;
        const price = (ticks: number) => (ticks * instrument.tickUnits) / instrument.priceScale;
        const prices = [bar.openTicks, bar.highTicks, bar.lowTicks, bar.closeTicks].map(price);
        built.push([bar.start, ...prices, quantityFromLots(instrument, bar.lots)]);
      };
      for (const { s, T, p, q } of taken.filter(({ e, s }) => e === "trade" && s === name)) {
        expect(s).toBe(name);
        if (builder.isDue(Number(T))) close1();
        builder.push(
          Number(T),
          Math.round(Number(p) / instrument.tickSize),
          Math.round((Number(q) * instrument.quantityScale) / instrument.lotUnits),
        );
      }
      close1();
      const history = [...time].flatMap((at, i) =>
        at < FROM ? [] : [[at, open[i]!, high[i]!, low[i]!, close[i]!, volume[i]!]],
      );
      expect(built).toEqual(history);
    }
  });

  it("does not depend on timing: two runs with other delays take in the same messages", async () => {
    const one = await follow({ jitterSeed: 1 });
    const other = await follow({ jitterSeed: 2, namesFirst: true });
    expect(one.taken.filter(({ e }) => e === "executionReport").length).toBeGreaterThan(20);
    expect(other.taken).toEqual(one.taken);
  });

  it("leaves people time to look, if it is given a speed, and leads to the same", async () => {
    const days = (HISTORIES[0]!.length - 3) * DAY;
    const startedAt = performance.now();
    const slow = await follow({ speed: days / 1500 });
    // A lower bound: timers are late, never early.
    expect(performance.now() - startedAt).toBeGreaterThan(1500);
    expect(slow.taken).toEqual((await follow()).taken);
  });

  it("waits for a client that lost a message and its connections, and who then misses nothing", async () => {
    const whole = await follow();
    const publicTrades = ({ taken }: typeof whole) =>
      taken.filter(({ e }) => e === "trade").map(({ s, t, p, q, T }) => [s, t, p, q, T]);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: whole.taken.length }), async (losesAt) => {
        const cut = await follow({ losesAt });
        expect(publicTrades(cut)).toEqual(publicTrades(whole));
        expect(cut.fills).toEqual(whole.fills);
        expect(cut.state).toEqual(whole.state);
      }),
      { numRuns: 12 },
    );
  });

  it("stands still while it works on a request, but not when its sender has gone", async () => {
    const follower = await Follower.open({ keys: KEYS.slice(0, 1), symbols: SYMBOLS });
    const pace = { kind: "lockstep", progress: follower.endpoint } as const;
    const exchange = await exchangeOf({ bars: HISTORIES, from: FROM, pace, jitter: { ms: 20, seed: 3 } });
    const open = async (text: string) => {
      const socket = connect(Number(new URL(exchange.origin).port), "127.0.0.1");
      await once(socket, "connect");
      await new Promise((resolve) => socket.write(text, resolve));
      return socket;
    };
    const [host, body] = ["host: a\r\n", "content-length: 100\r\n"];
    const half = await open(`POST /api/v3/order HTTP/1.1\r\n${host}${body}\r\nsymbol=`);
    await follower.connect(exchange.origin);
    await waits(exchange, "our answers to requests");
    expect(exchange.state().sent).toBe(0);
    half.destroy();
    // This one goes while its answer is being held back.
    (await open(`GET /api/v3/exchangeInfo HTTP/1.1\r\n${host}\r\n`)).destroy();
    await exchange.done;
    follower.check();
  });

  it("says what it waits for", async () => {
    let goOn = () => {};
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const follower = await Follower.open({ keys: KEYS.slice(0, 1), symbols: SYMBOLS, onMessage: () => held });
    onTestFinished(goOn);
    const { endpoint } = follower;
    const exchange = await exchangeOf({
      bars: HISTORIES,
      from: FROM,
      pace: { kind: "lockstep", progress: endpoint },
    });
    await waits(exchange, "somebody to listen");
    await follower.connect(exchange.origin);
    await waits(exchange, "trade 1 of BTC/USDT; it is at 0");
    expect(exchange.state()).toMatchObject({ sent: 1, time: FROM, isDone: false });
    follower.cut();
    await waits(exchange, "somebody to listen");
    expect(exchange.state().sent).toBe(1);
  });
});
