import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { readJournal } from "#live";
import { createInstrument } from "#model";
import type { Definition } from "../../exports/strategy/run.ts";
import { bundleOf, openSession, walk } from "./session.ts";

const ETH = createInstrument({ symbol: "ETH/USDT", tick: "0.01", lot: "0.001", minNotional: "5" });
const WARM = 20;
const LENGTH = 160;
/** By the venue's clock: how old a decision to buy may be when its order arrives, the replay's haste included. */
const OLD_MS = 180_000;

/** Buys and sells both instruments at each bar, so that an outage always meets a decision. */
const busy: Definition<{ readonly none: number }> = ({ account, bps, defineStrategy }) =>
  defineStrategy({
    name: "busy",
    instruments: ["BTC/USDT", "ETH/USDT"],
    timeframe: "1m",
    account: account({
      venue: "binance",
      kind: "cash",
      currency: "USDT",
      capital: 20_000,
      fees: bps(10),
      slippage: bps(2),
    }),
    onBar(ctx) {
      const held = ctx.position.quantity;
      if (held > 0.05) ctx.order({ side: "sell", type: "market", quantity: held / 2 });
      ctx.order({ side: "buy", type: "market", quantity: 0.05 });
    },
  });

/** A way to an exchange that can be closed: connections break, and nobody answers, until it is opened again. */
async function closableWay(origin: string) {
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const exchange = connect(Number(new URL(origin).port), "127.0.0.1");
    for (const [from, to] of [
      [client, exchange],
      [exchange, client],
    ] as const) {
      open.add(from);
      from.pipe(to);
      from.on("error", () => {});
      from.on("close", () => {
        open.delete(from);
        to.destroy();
      });
    }
  });
  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const close = () => {
    server.close();
    for (const socket of open) socket.destroy();
  };
  onTestFinished(close);
  return { origin: `http://127.0.0.1:${port}`, close, open: () => listen(port) };
}

it("misses no trade of an outage, decides on whole bars, and buys nothing that it decided on then", async () => {
  const bundle = await bundleOf(busy, [walk(51, LENGTH), walk(52, LENGTH, ETH)]);
  const session = await openSession({
    bundle,
    from: bundle.bars[0]!.time[WARM]!,
    exchange: { pace: { kind: "paced", speed: 300 } },
  });
  const way = await closableWay(session.exchange.origin);
  const daemon = await session.start({ origin: way.origin });
  const until = async (isSo: () => boolean) => {
    while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 10));
  };
  await until(() => daemon.core.decisions > 20);
  way.close();
  await until(() => daemon.status().state === "joining");
  // Ten bars and more of the replay.
  await new Promise((resolve) => setTimeout(resolve, 3000));
  await way.open();
  await until(() => daemon.status().state === "trading");
  await session.exchange.done;
  await until(() => daemon.core.lastTrade.every((id) => id === 4 * (LENGTH - WARM)));
  daemon.stop();
  await daemon.ended;

  const { replay, parity, booksDiffer, state } = await session.prove();
  expect({ replay: replay.difference, booksDiffer }).toEqual({});
  // The orders are not the backtest's, which knows no outage; the bars are.
  expect(parity.difference).not.toContain("bar ");
  expect(replay.core.syncs).toBeGreaterThan(1);
  const ids = [0, 1].map((i) =>
    [...readJournal(session.folder)].flatMap(({ input }) =>
      input.kind === "trade" && input.instrument === i ? [input.id] : [],
    ),
  );
  for (const list of ids) expect(list.every((id, n) => id === list[0]! + n)).toBe(true);
  expect(replay.core.refusals.filter(({ reason }) => reason === "stale").length).toBeGreaterThan(5);
  expect(state.accounts[0]!.trades).toBe(replay.core.fills.length);
  for (const { time, orderId } of replay.core.fills) {
    const order = replay.core.orders.find(({ id }) => id === orderId)!;
    if (order.side > 0) expect(time - order.sentAt).toBeLessThan(OLD_MS);
  }
}, 120_000);

it("stops when it is told to, also while the exchange is gone", async () => {
  const bundle = await bundleOf(busy, [walk(51, LENGTH), walk(52, LENGTH, ETH)]);
  const session = await openSession({
    bundle,
    from: bundle.bars[0]!.time[WARM]!,
    exchange: { pace: { kind: "paced", speed: 300 } },
  });
  const way = await closableWay(session.exchange.origin);
  const daemon = await session.start({ origin: way.origin });
  const until = async (isSo: () => boolean) => {
    while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 10));
  };
  await until(() => daemon.core.decisions > 3);
  way.close();
  await until(() => daemon.status().state === "joining");
  daemon.stop();
  await expect(daemon.ended).rejects.toMatchObject({ code: "venue.unreachable" });
}, 120_000);
