import { setTimeout as pause } from "node:timers/promises";
import type { pro } from "ccxt";
import { fail } from "#core";
import { unknownSymbol } from "#data";
import type { MarketRecorder, RecorderEvent } from "#model";
import { loadErrors, loadStreams } from "../load-exchange.ts";
import { DepthChain, type DepthSnapshot } from "./depth-chain.ts";
import { type RawTrade, TradeLine } from "./trade-line.ts";

export interface RecorderOptions {
  /** Where all connections go instead of to the exchange. */
  readonly origin?: string;
}

type Streams = InstanceType<typeof pro.binance>;
type Tell = (event: RecorderEvent) => void;
/** What ccxt calls with each message; replaced on our object, so that the messages come to us as they are. */
interface Handlers {
  handleOrderBook(client: unknown, message: RawDepth): void;
  handleOrderBookSubscription(): void;
  handleTrade(client: unknown, message: RawTrade): void;
}

interface RawDepth {
  readonly E: number | string;
  readonly U: number | string;
  readonly u: number | string;
  readonly b: DepthSnapshot["bids"];
  readonly a: DepthSnapshot["asks"];
}

const SNAPSHOT_LEVELS = 1000;
const BACKOFF_MS = 250;
const BACKOFF_MS_MAX = 10_000;

/**
 * Records Binance's spot market through ccxt's streams: aggregate trades (the numbers that history has too) and the
 * changes of the book every 100 ms. ccxt would keep a book of its own and drop the numbers; here it only connects.
 */
export function binanceRecorder({ origin }: RecorderOptions = {}): MarketRecorder {
  let open: Streams | undefined;
  return {
    name: "binance",
    async record({ symbol, kinds, signal, tell, lastTradeId }) {
      const streams = await loadStreams("binance", { apiKey: "", secret: "" }, origin);
      const { OperationFailed } = await loadErrors();
      open = streams;
      const isTransient = (error: unknown) => error instanceof OperationFailed;
      const stop = () => void streams.close();
      signal.addEventListener("abort", stop, { once: true });
      try {
        const id = await findMarket(streams, symbol, isTransient);
        const session: Session = { streams, symbol, id, signal, tell, isTransient, lastTradeId };
        await Promise.all(
          kinds.map((kind) => (kind === "depth" ? recordDepth(session) : recordTrades(session))),
        );
      } finally {
        signal.removeEventListener("abort", stop);
        await streams.close();
      }
    },
    async close() {
      await open?.close();
    },
  };
}

interface Session {
  readonly streams: Streams;
  readonly symbol: string;
  /** Binance's own name of the market. */
  readonly id: string;
  readonly signal: AbortSignal;
  readonly tell: Tell;
  readonly lastTradeId: number | undefined;
  isTransient(error: unknown): boolean;
}

async function findMarket(
  streams: Streams,
  symbol: string,
  isTransient: (error: unknown) => boolean,
): Promise<string> {
  try {
    const markets = await streams.loadMarkets();
    const market = markets[symbol];
    if (market?.spot && market.id) return market.id;
    return unknownSymbol("binance", symbol, Object.keys(markets));
  } catch (error) {
    if (!(error instanceof Error) || "hint" in error) throw error;
    return fail(isTransient(error) ? "venue.unreachable" : "venue.refused", {
      message: `binance can't be recorded: ${error.message}`,
      fields: { exchange: "binance", symbol },
      cause: error,
    });
  }
}

async function recordDepth(session: Session): Promise<void> {
  const { streams, symbol, tell, signal } = session;
  const chain = new DepthChain();
  let asking: Promise<void> = Promise.resolve();
  let isAsking = false;
  const ask = () => {
    if (isAsking || !chain.wantsSnapshot || signal.aborted) return;
    isAsking = true;
    asking = askSnapshot(session, chain).finally(() => {
      isAsking = false;
      // A gap may have come while the snapshot was on its way.
      ask();
    });
  };
  const handlers = streams as unknown as Handlers;
  handlers.handleOrderBookSubscription = () => {};
  handlers.handleOrderBook = (_client, { E, U, u, b, a }) => {
    const ids = { firstId: Number(U), lastId: Number(u) };
    for (const event of chain.change({ time: Number(E), received: Date.now(), ...ids, bids: b, asks: a })) {
      tell(event.kind === "gap" ? { ...event, of: "depth" } : event);
    }
    ask();
  };
  await stayConnected(
    session,
    () => streams.watchOrderBook(symbol),
    () => chain.reset(),
  );
  await asking;
}

/** Asks for a snapshot until one fits to the changes. */
async function askSnapshot({ streams, id, signal, tell }: Session, chain: DepthChain): Promise<void> {
  for (let attempt = 1; chain.wantsSnapshot && !signal.aborted; attempt++) {
    try {
      const raw = (await streams.publicGetDepth({ symbol: id, limit: SNAPSHOT_LEVELS })) as {
        lastUpdateId: number | string;
        bids: DepthSnapshot["bids"];
        asks: DepthSnapshot["asks"];
      };
      const { lastUpdateId, bids, asks } = raw;
      const events = chain.snapshot({ received: Date.now(), lastId: Number(lastUpdateId), bids, asks });
      for (const event of events ?? []) tell(event.kind === "gap" ? { ...event, of: "depth" } : event);
      if (events) return;
    } catch (error) {
      if (signal.aborted) return;
      tell({ kind: "lost", time: Date.now(), reason: (error as Error).message });
    }
    await pause(Math.min(BACKOFF_MS_MAX, BACKOFF_MS * attempt));
  }
}

async function recordTrades(session: Session): Promise<void> {
  const { streams, symbol, id, tell, lastTradeId } = session;
  const fetchTrades = async (fromId: number) =>
    (await streams.publicGetAggTrades({ symbol: id, fromId, limit: 1000 })) as readonly RawTrade[];
  const line = new TradeLine(fetchTrades, tell, lastTradeId);
  (streams as unknown as Handlers).handleTrade = (_client, message) => line.take(message, Date.now());
  await stayConnected(
    session,
    () => streams.watchTrades(symbol, undefined, undefined, { name: "aggTrade" }),
    () => {},
  );
  await line.settled();
}

/** Waits on a stream whose messages come by another way: it settles only when the connection ends. */
async function stayConnected(
  { signal, tell, isTransient }: Session,
  watch: () => Promise<unknown>,
  onLost: () => void,
): Promise<void> {
  for (let failures = 0; !signal.aborted; failures++) {
    const started = Date.now();
    try {
      await watch();
      failures = 0;
    } catch (error) {
      if (signal.aborted) return;
      if (!isTransient(error)) {
        return fail("venue.refused", {
          message: `binance refused the stream: ${(error as Error).message}`,
          fields: { exchange: "binance" },
          cause: error,
        });
      }
      tell({ kind: "lost", time: Date.now(), reason: (error as Error).message });
      onLost();
    }
    if (Date.now() - started > BACKOFF_MS_MAX) failures = 0;
    await pause(Math.min(BACKOFF_MS_MAX, BACKOFF_MS * 2 ** failures), undefined, { signal }).catch(() => {});
  }
}
