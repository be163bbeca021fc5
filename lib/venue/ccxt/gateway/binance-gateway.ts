import type { MarketInterface, pro } from "ccxt";
import { fail, isTickbookError, type Millis, TickbookError } from "#core";
import { unknownSymbol } from "#data";
import {
  type Instrument,
  type Order,
  type OrderKnowledge,
  type OrderReport,
  priceFromTicks,
  quantityFromLots,
  type RawCandle,
  type VenueBalances,
  type VenueGateway,
  type VenueListener,
} from "#model";
import { instrumentFromMarket } from "../candle-source.ts";
import { type ErrorClasses, loadErrors, loadStreams, type StreamKeys } from "../load-exchange.ts";
import {
  balancesFrom,
  eventOfStatus,
  exactLots,
  exactTicks,
  fillFromExecution,
  fillFromTrade,
  orderIdOf,
  type Raw,
  rejectReason,
  reportOfStatus,
} from "./binance-reports.ts";
import { OrderEnds } from "./order-ends.ts";
import { TradeTape } from "./trade-tape.ts";

type Binance = InstanceType<typeof pro.binance>;

export interface GatewayOptions {
  readonly keys: StreamKeys;
  /** Where all requests go instead of to the exchange. */
  readonly origin?: string;
}

/** Candles in one answer, at most. */
const PAGE = 1000;
const RETRY_MS = 250;

/** Binance spot through ccxt. Errors: `venue.unreachable`. */
export async function openBinance(options: GatewayOptions): Promise<VenueGateway> {
  return new BinanceGateway(await loadStreams("binance", options.keys, options.origin), await loadErrors());
}

class BinanceGateway implements VenueGateway {
  readonly name = "binance";
  readonly #exchange: Binance;
  readonly #errors: ErrorClasses;
  readonly #ends: OrderEnds;
  #instruments: readonly Instrument[] = [];
  #listener: VenueListener | undefined;
  #tapes: TradeTape[] = [];
  #isClosed = false;
  /** Rises with each join, so that loops of an earlier connection end. */
  #session = 0;

  constructor(exchange: Binance, errors: ErrorClasses) {
    this.#exchange = exchange;
    this.#errors = errors;
    this.#ends = new OrderEnds(
      (report) => this.#listener?.onEvent(report),
      (id) => this.#lost(new Error(`fills of order ${id} were not told`)),
    );
  }

  async instruments(symbols: readonly string[]): Promise<readonly Instrument[]> {
    const markets = await this.#ask("its markets", () => this.#exchange.loadMarkets());
    const spot = Object.values(markets).filter((market) => market?.spot === true) as MarketInterface[];
    return symbols.map((symbol) => {
      const names = spot.map((market) => market.symbol);
      const market = spot.find((one) => one.symbol === symbol) ?? unknownSymbol(this.name, symbol, names);
      return instrumentFromMarket(symbol, { exchange: this.#exchange }, market);
    });
  }

  watchMarket(
    instruments: readonly Instrument[],
    lastTrade: readonly number[],
    listener: VenueListener,
  ): void {
    this.#instruments = instruments;
    this.#listener = listener;
    this.#tapes = instruments.map((instrument, i) => {
      const { symbol } = instrument;
      const source = {
        watch: async () => (await this.#exchange.watchTrades(symbol)).map(({ info }) => info as Raw),
        fetch: async (fromId: number, limit: number) => {
          const params = { fetchTradesMethod: "publicGetHistoricalTrades", fromId };
          const rows = await this.#exchange.fetchTrades(symbol, undefined, limit, params);
          return rows.map(({ info }) => info as Raw);
        },
      };
      const tape = new TradeTape(instrument, i, lastTrade[i] ?? 0, source, (trade) =>
        listener.onEvent(trade),
      );
      this.#repeat(
        () => tape.next(),
        () => tape.lost(),
      );
      this.#repeat(() => this.#nextBook(instrument, i));
      return tape;
    });
  }

  async catchUp(): Promise<void> {
    for (const tape of this.#tapes) await this.#ask("the trades that were missed", () => tape.catchUp());
  }

  async join(orders: Iterable<Order> = []): Promise<void> {
    await this.#exchange.authenticate({ type: "spot" });
    this.#ends.reset(orders);
    const session = ++this.#session;
    const loop = (work: () => Promise<void>) => this.#userLoop(session, work);
    loop(async () => {
      for (const { info } of await this.#exchange.watchMyTrades()) this.#onExecution(info as Raw);
    });
    loop(async () => {
      for (const { info } of await this.#exchange.watchOrders()) this.#onStatus(info as unknown as Raw);
    });
    loop(async () => {
      const { info } = (await this.#exchange.watchBalance()) as unknown as { readonly info: Raw };
      if (info.B !== undefined) this.#listener?.onEvent(balancesFrom(info, this.#decimals()));
    });
  }

  async time(): Promise<Millis> {
    return (await this.#ask("the time", () => this.#exchange.fetchTime())) ?? Number.NaN;
  }

  async submit(order: Order): Promise<OrderReport> {
    const { symbol } = this.#instruments[order.instrument]!;
    const instrument = this.#instruments[order.instrument]!;
    const price = order.ticks === undefined ? undefined : priceFromTicks(instrument, order.ticks);
    const at = { id: order.id, time: Number.NaN, execution: 0 };
    try {
      const { info } = await this.#exchange.createOrder(
        symbol,
        order.type === "limit" ? "limit" : "market",
        order.side > 0 ? "buy" : "sell",
        quantityFromLots(instrument, order.lots),
        order.type === "limit" ? price : undefined,
        {
          clientOrderId: order.id,
          newOrderRespType: "ACK",
          ...(order.type === "stop" ? { stopLossPrice: price } : {}),
        },
      );
      return { kind: "order-accepted", ...at, time: Number((info as unknown as Raw).transactTime) };
    } catch (error) {
      // Not sent at all, not answered, or not understood: only the venue knows.
      if (error instanceof this.#errors.OperationFailed) return { kind: "order-unknown", ...at };
      const isFunds = error instanceof this.#errors.InsufficientFunds;
      if (/Duplicate order sent/i.test((error as Error).message)) return { kind: "order-unknown", ...at };
      return { kind: "order-rejected", ...at, reason: rejectReason(isFunds, (error as Error).message) };
    }
  }

  async cancel(order: Order): Promise<OrderReport | undefined> {
    const { symbol } = this.#instruments[order.instrument]!;
    try {
      await this.#exchange.cancelOrder("", symbol, { clientOrderId: order.id });
      return undefined;
    } catch (error) {
      if (error instanceof this.#errors.OperationFailed)
        return { kind: "order-unknown", id: order.id, time: Number.NaN, execution: 0 };
      return { kind: "cancel-rejected", id: order.id, time: Number.NaN, execution: 0 };
    }
  }

  async ask(order: Order): Promise<OrderKnowledge> {
    const instrument = this.#instruments[order.instrument]!;
    const { symbol } = instrument;
    const found = await this.#ask(`order ${order.id}`, async () => {
      try {
        return await this.#exchange.fetchOrder("", symbol, { clientOrderId: order.id });
      } catch (error) {
        if (error instanceof this.#errors.OrderNotFound) return undefined;
        throw error;
      }
    });
    if (!found) return { isKnown: false };
    const raw = found.info as unknown as Raw;
    const trades =
      exactLots(instrument, raw.executedQty) === 0
        ? []
        : await this.#ask(`the fills of order ${order.id}`, () =>
            this.#exchange.fetchMyTrades(symbol, undefined, undefined, { orderId: raw.orderId }),
          );
    const fills = trades.map(({ info }) => fillFromTrade(instrument, order.id, info as Raw));
    this.#ends.know(order.id, fills);
    const kind = eventOfStatus(String(raw.status));
    const accepted: OrderReport = {
      kind: "order-accepted",
      id: order.id,
      time: Number(raw.time),
      execution: 0,
    };
    const end = { id: order.id, time: Number(raw.updateTime), execution: 0 };
    return {
      isKnown: true,
      events: [
        accepted,
        ...fills,
        ...(kind === undefined || kind === "order-accepted" ? [] : [reportOfStatus(kind, end)]),
      ],
    };
  }

  async openOrders(instruments: readonly Instrument[]): Promise<readonly string[]> {
    const lists = instruments.map(({ symbol }) =>
      this.#ask("open orders", () => this.#exchange.fetchOpenOrders(symbol)),
    );
    return (await Promise.all(lists)).flat().map(({ clientOrderId }) => String(clientOrderId));
  }

  async balances(): Promise<VenueBalances> {
    const { info } = await this.#ask("its balances", () => this.#exchange.fetchBalance());
    return balancesFrom(info as Raw, this.#decimals());
  }

  async candles(
    { symbol }: Instrument,
    timeframe: string,
    count: number,
    end?: Millis,
  ): Promise<readonly RawCandle[]> {
    let found: RawCandle[] = [];
    let until = end === undefined ? undefined : end - 1;
    while (found.length < count) {
      const limit = Math.min(PAGE, count - found.length);
      const range = until === undefined ? {} : { until };
      const page = (await this.#ask("candles", () =>
        this.#exchange.fetchOHLCV(symbol, timeframe, undefined, limit, range),
      )) as RawCandle[];
      const older = page.filter(([time]) => time <= (range.until ?? time));
      if (older.length === 0) break;
      found = [...older, ...found];
      until = older[0]![0] - 1;
    }
    return found.slice(-count);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#session++;
    this.#ends.close();
    await this.#exchange.close();
  }

  #decimals(): number {
    return this.#instruments[0]?.assetDecimals ?? 8;
  }

  #onExecution(raw: Raw): void {
    const i = this.#indexOf(raw);
    if (i < 0) return;
    this.#ends.fill(fillFromExecution(this.#instruments[i]!, raw));
  }

  #onStatus(raw: Raw): void {
    const i = this.#indexOf(raw);
    // A trade comes on the other path, with its fee.
    const kind = raw.x === "TRADE" ? undefined : eventOfStatus(String(raw.X));
    if (i < 0 || kind === undefined) return;
    const at = { time: Number(raw.T), id: orderIdOf(raw), execution: Number(raw.I) };
    const report = reportOfStatus(kind, at);
    if (kind === "order-accepted") this.#listener?.onEvent(report);
    else this.#ends.end(report, exactLots(this.#instruments[i]!, raw.z));
  }

  #indexOf(raw: Raw): number {
    return this.#instruments.findIndex(({ base, quote }) => base + quote === raw.s);
  }

  async #nextBook(instrument: Instrument, i: number): Promise<void> {
    const { bids, asks, nonce, timestamp } = await this.#exchange.watchOrderBook(instrument.symbol);
    const [bid, ask] = [bids[0], asks[0]];
    this.#listener?.onEvent({
      kind: "book",
      time: timestamp ?? Number.NaN,
      instrument: i,
      id: Number(nonce),
      bidTicks: bid ? exactTicks(instrument, bid[0]) : 0,
      bidLots: bid ? exactLots(instrument, bid[1]) : 0,
      askTicks: ask ? exactTicks(instrument, ask[0]) : 0,
      askLots: ask ? exactLots(instrument, ask[1]) : 0,
    });
  }

  /** One market stream, for ever: ccxt opens a new socket at the next call after an error. */
  #repeat(work: () => Promise<void>, onError = () => {}): void {
    const run = async () => {
      while (!this.#isClosed) {
        try {
          await work();
        } catch (error) {
          if (this.#isClosed) return;
          if (isTickbookError(error)) return this.#listener?.onBroken(error);
          onError();
          await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
        }
      }
    };
    void run();
  }

  #userLoop(session: number, work: () => Promise<void>): void {
    const run = async () => {
      while (session === this.#session) {
        try {
          await work();
        } catch (error) {
          if (session !== this.#session) return;
          if (isTickbookError(error)) this.#listener?.onBroken(error);
          else this.#lost(error as Error);
        }
      }
    };
    void run();
  }

  #lost(cause: Error): void {
    this.#session++;
    this.#listener?.onLost(
      new TickbookError("venue.lost", {
        message: `the stream of the account's events at ${this.name} was lost: ${cause.message}`,
        cause,
      }),
    );
  }

  /** A question may be asked again: it changes nothing. */
  async #ask<T>(what: string, request: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await request();
      } catch (error) {
        if (isTickbookError(error)) throw error;
        const { message } = error as Error;
        const isTransient = error instanceof this.#errors.OperationFailed;
        if (isTransient && attempt < 3) {
          await new Promise((resolve) => setTimeout(resolve, RETRY_MS * attempt));
          continue;
        }
        return fail(isTransient ? "venue.unreachable" : "venue.refused", {
          message: `${this.name} was asked for ${what}: ${message}`,
          fields: { exchange: this.name, what },
          cause: error,
        });
      }
    }
  }
}
