import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { SeriesTables } from "#backtest";
import { createRng, unitsFromText } from "#core";
import { type Exchange, type ExchangeOptions, type ExchangeState, startExchange } from "#exchange";
import {
  type Daemon,
  type DaemonOptions,
  differenceOfBooks,
  type Proof,
  prove,
  startDaemon,
  trust,
} from "#live";
import { type Bars, createInstrument, type Instrument } from "#model";
import { type Definition, promote, recordRun } from "../../exports/strategy/run.ts";
import { freePort } from "../../free-port.ts";
import { barsFromTicks, LENGTH_MS } from "../../lib/backtest/market.ts";
import { temporaryFolder } from "../../temporary-folder.ts";

export const BTC = createInstrument({ symbol: "BTC/USDT", tick: "0.01", lot: "0.001", minNotional: "5" });
export const KEYS = { apiKey: "key", secret: "secret" };
const START = Date.UTC(2024, 0, 1);

/** A random walk in whole ticks; every bar can be told by four trades. */
export function walk(seed: number, length: number, instrument: Instrument = BTC, from = 30_000): Bars {
  const rng = createRng(seed);
  const rows: number[][] = [];
  let ticks = from;
  const move = (base: number) => Math.max(50, Math.round(base * (1 + 0.01 * (2 * rng.next() - 1))));
  for (let minute = 0; minute < length; minute++) {
    const open = move(ticks);
    ticks = move(open);
    const [high, low] = [Math.max(open, ticks, move(open)), Math.min(open, ticks, move(open))];
    rows.push([START + minute * LENGTH_MS, open, high, low, ticks, 4 + rng.nextInt(2000)]);
  }
  return barsFromTicks(instrument, rows);
}

export interface Promoted {
  readonly path: string;
  readonly fingerprint: string;
  readonly bars: readonly Bars[];
}

/** A signed bundle of a strategy, recorded over these bars. */
export function bundleOf(
  define: Definition<{ readonly none: number }>,
  bars: readonly Bars[],
): Promise<Promoted> {
  return bundleWith(define, { none: 0 }, bars);
}

/** The same of one that takes frozen values, and whose features may read series. */
export async function bundleWith<F extends object>(
  define: Definition<F>,
  frozen: F,
  bars: readonly Bars[],
  series: SeriesTables = {},
): Promise<Promoted> {
  const home = temporaryFolder();
  const { record, slice } = await recordRun(home, define, frozen, bars, {}, series);
  const { path, fingerprint } = await promote(home, record, slice);
  return { path, fingerprint, bars };
}

export interface SessionOptions {
  readonly bundle: Promoted;
  readonly from: number;
  readonly exchange?: Partial<ExchangeOptions>;
  readonly daemon?: Partial<DaemonOptions>;
  /** Between daemon and exchange. */
  readonly faults?: Faults;
}

export interface Session {
  readonly exchange: Exchange;
  readonly folder: string;
  readonly log: string[];
  /** Starts a daemon on the account's folder. */
  start(change?: Partial<DaemonOptions>): Promise<Daemon>;
  /** Where a daemon in a process of its own finds the exchange, and where it publishes. */
  readonly origin: string;
  readonly bus: string;
  prove(): Promise<Proof & { readonly booksDiffer: string | undefined; readonly state: ExchangeState }>;
}

/** An exchange in lockstep, and a place for daemons to trade on it. */
export async function openSession({ bundle, from, faults, ...options }: SessionOptions): Promise<Session> {
  const folder = join(temporaryFolder(), "account");
  await trust(folder, bundle.fingerprint);
  const bus = `tcp://127.0.0.1:${await freePort()}`;
  const { manifest } = await import("#exports").then(({ readBundle }) => readBundle(bundle.path));
  const exchange = await startExchange({
    bars: bundle.bars,
    from,
    terms: manifest.account,
    keys: [KEYS],
    pace: { kind: "lockstep", progress: bus },
    ...options.exchange,
  });
  onTestFinished(() => exchange.close());
  const origin = faults ? await faultyWay(exchange.origin, faults) : exchange.origin;
  const log: string[] = [];
  return {
    exchange,
    folder,
    log,
    origin,
    bus,
    async start(change) {
      const daemon = await startDaemon({
        bundle: bundle.path,
        folder,
        keys: KEYS,
        origin,
        clock: "venue",
        bus,
        isDurable: false,
        onLog: (level, message) => void log.push(`${level}: ${message}`),
        ...options.daemon,
        ...change,
      });
      onTestFinished(async () => {
        daemon.stop();
        await daemon.ended.catch(() => {});
      });
      return daemon;
    },
    async prove() {
      const readBars = async (symbol: string) =>
        bundle.bars.find(({ instrument }) => instrument.symbol === symbol)!;
      const proof = await prove({ bundle: bundle.path, folder, readBars });
      const state = exchange.state();
      return { ...proof, booksDiffer: booksDiffer(proof, state), state };
    },
  };
}

/** Trades until the exchange has replayed all, and stops. */
export async function tradeToEnd(session: Session, daemon: Daemon): Promise<void> {
  await Promise.race([session.exchange.done, daemon.ended]);
  daemon.stop();
  await daemon.ended;
}

function booksDiffer({ replay: { core } }: Proof, { accounts, time }: ExchangeState): string | undefined {
  const total = Object.entries(accounts[0]!.balances).map(([asset, { free, locked }]) => [
    asset,
    unitsFromText(free, 8) + unitsFromText(locked, 8),
  ]);
  return differenceOfBooks(core, { kind: "balances", time, id: 0, total: Object.fromEntries(total) });
}

/** What goes wrong on the way to the exchange. */
export interface Faults {
  /** Orders, counted from 1, whose answers are lost: the exchange gets them, the daemon's connection breaks. */
  readonly loseAnswers?: readonly number[];
  /** Every connection is cut at random after so many bytes from the exchange, on average. */
  readonly cutAfterBytes?: { readonly mean: number; readonly seed: number; readonly most: number };
}

/** A way to the exchange through a process of wires: connections pass, and break as they are told. */
async function faultyWay(origin: string, { loseAnswers = [], cutAfterBytes }: Faults): Promise<string> {
  const { port } = new URL(origin);
  const rng = createRng(cutAfterBytes?.seed ?? 0);
  let orders = 0;
  let cuts = 0;
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const exchange = connect(Number(port), "127.0.0.1");
    let isLosing = false;
    let bytesLeft = cutAfterBytes ? cutAfterBytes.mean * 2 * rng.next() : Number.POSITIVE_INFINITY;
    for (const socket of [client, exchange]) {
      open.add(socket);
      socket.setNoDelay(true);
      socket.on("error", () => {});
      socket.on("close", () => {
        open.delete(socket);
        client.destroy();
        exchange.destroy();
      });
    }
    client.on("data", (data) => {
      if (data.includes("POST /api/v3/order ") && loseAnswers.includes(++orders)) isLosing = true;
      exchange.write(data);
    });
    exchange.on("data", (data) => {
      bytesLeft -= data.length;
      if (isLosing || (bytesLeft < 0 && cuts++ < cutAfterBytes!.most)) client.destroy();
      else client.write(data);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
