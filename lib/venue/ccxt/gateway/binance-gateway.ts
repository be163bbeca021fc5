import type { MarketInterface } from "ccxt";
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
import { loadStreams, type StreamKeys } from "../load-exchange.ts";
import { instrumentFromMarket } from "../markets.ts";
import {
  balancesFrom,
  eventOfStatus,
  exactLots,
  exactTicks,
  fillFromExecution,
  orderIdOf,
  type Raw,
  rejectReason,
  reportOfStatus,
} from "./binance-reports.ts";
import { type GatewayErrors, loadGatewayErrors } from "./errors.ts";
import { OrderEnds } from "./order-ends.ts";
import { OrderHistory } from "./order-history.ts";
import { type Binance, pause, RETRY_MS, Requests } from "./requests.ts";
import { TradeTape } from "./trade-tape.ts";

export interface GatewayOptions {
  readonly keys: StreamKeys;
  /** Where all requests go instead of to the exchange. */
  readonly origin?: string;
}

/** Candles in one answer, at most. */
const PAGE = 1000;
const RETRY_MS_MAX = 10_000;
/** After the exchange said that it is asked too often: asking on would have it close the door for days. */
const LIMITED_MS = 30_000;
/** A connection whose other end is gone shows by the second of these that is not answered. */
const KEEP_ALIVE_MS = 10_000;
const SUBSCRIPTION_CHECK_MS = 5000;

/** Binance spot through ccxt. Errors: `venue.unreachable`. */
export async function openBinance(options: GatewayOptions): Promise<VenueGateway> {
  return new BinanceGateway(
    await loadStreams("binance", options.keys, options.origin),
    await loadGatewayErrors(),
  );
}

class BinanceGateway implements VenueGateway {
  readonly name = "binance";
  readonly #exchange: Binance;
  readonly #requests: Requests;
  readonly #history: OrderHistory;
  readonly #ends: OrderEnds;
  /** Client ids of the orders that go on or were sent since joining: others' orders are nobody's here. */
  #own = new Set<string>();
  #instruments: readonly Instrument[] = [];
  #listener: VenueListener | undefined;
  #tapes: TradeTape[] = [];
  #isClosed = false;
  /** Rises with each join, so that loops of an earlier connection end. */
  #session = 0;

  constructor(exchange: Binance, errors: GatewayErrors) {
    this.#exchange = exchange;
    this.#requests = new Requests(exchange, errors);
    this.#history = new OrderHistory(exchange, this.#requests);
    Object.assign(exchange.streaming, { keepAlive: KEEP_ALIVE_MS });
    this.#ends = new OrderEnds(
      (report) => this.#listener?.onEvent(report),
      (id) => this.#lost(new Error(`fills of order ${id} were not told`)),
    );
  }

  async instruments(symbols: readonly string[]): Promise<readonly Instrument[]> {
    const markets = await this.#requests.ask("its markets", () => this.#exchange.loadMarkets());
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
        latest: async () => {
          const params = { fetchTradesMethod: "publicGetHistoricalTrades" };
          const rows = await this.#exchange.fetchTrades(symbol, undefined, 1, params);
          return rows.map(({ info }) => info as Raw);
        },
      };
      const tape = new TradeTape(
        instrument,
        i,
        lastTrade[i] ?? 0,
        source,
        (trade) => listener.onEvent(trade),
        // Whoever decides on what comes now must come into step first, as after any outage.
        () =>
          listener.onLost(
            new TickbookError("venue.lost", {
              message: `the trades of ${symbol} at ${this.name} were not heard for a while`,
            }),
          ),
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
    for (const tape of this.#tapes)
      await this.#requests.ask("the trades that were missed", () => tape.catchUp());
  }

  async join(orders: Iterable<Order> = []): Promise<void> {
    const going = [...orders];
    await this.#requests.ask("the stream of the account's events", () => this.#authenticate());
    if (this.#session === 0) await this.#refuseOtherFees();
    this.#own = new Set(going.map(({ id }) => id));
    this.#history.keep(this.#own);
    this.#ends.reset(going);
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
    this.#watchSubscription(session);
  }

  async time(): Promise<Millis> {
    return (await this.#requests.ask("the time", () => this.#exchange.fetchTime())) ?? Number.NaN;
  }

  async submit(order: Order): Promise<OrderReport> {
    const instrument = this.#instruments[order.instrument]!;
    const price = order.ticks === undefined ? undefined : priceFromTicks(instrument, order.ticks);
    const at = { id: order.id, time: Number.NaN, execution: 0 };
    this.#own.add(order.id);
    if (order.type === "market") this.#ends.endsSoon(order);
    try {
      const { info } = await this.#requests.signed(() => {
        this.#history.sent(order.id);
        return this.#exchange.createOrder(
          instrument.symbol,
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
      });
      const { clientOrderId, transactTime } = info as unknown as Raw;
      if (clientOrderId !== order.id) return { kind: "order-unknown", ...at };
      return { kind: "order-accepted", ...at, time: Number(transactTime) };
    } catch (error) {
      this.#ends.forgetDue(order.id);
      // Not sent at all, not answered, or not understood: only the venue knows.
      if (!(error instanceof this.#requests.errors.ExchangeError)) return { kind: "order-unknown", ...at };
      const isFunds = error instanceof this.#requests.errors.InsufficientFunds;
      if (/Duplicate order sent/i.test(error.message)) return { kind: "order-unknown", ...at };
      return { kind: "order-rejected", ...at, reason: rejectReason(isFunds, error.message) };
    }
  }

  async cancel(order: Order): Promise<OrderReport | undefined> {
    const { symbol } = this.#instruments[order.instrument]!;
    // Whatever the answer: if no end is told, the order is asked about.
    this.#ends.endsSoon(order);
    try {
      await this.#requests.signed(() => this.#exchange.cancelOrder("", symbol, { clientOrderId: order.id }));
      return undefined;
    } catch (error) {
      const at = { id: order.id, time: Number.NaN, execution: 0 };
      return {
        kind: error instanceof this.#requests.errors.ExchangeError ? "cancel-rejected" : "order-unknown",
        ...at,
      };
    }
  }

  async ask(order: Order): Promise<OrderKnowledge> {
    const instrument = this.#instruments[order.instrument]!;
    const found = await this.#history.find(instrument, order);
    if (!found) return { isKnown: false };
    const { raw, fills } = found;
    const waiting = this.#ends.settle(order.id, fills);
    const kind = eventOfStatus(String(raw.status));
    const at = { id: order.id, execution: 0 };
    const accepted: OrderReport = { kind: "order-accepted", ...at, time: Number(raw.time) };
    const end =
      kind === undefined || kind === "order-accepted"
        ? waiting
        : reportOfStatus(kind, { ...at, time: Number(raw.updateTime) });
    return { isKnown: true, events: [accepted, ...fills, ...(end ? [end] : [])] };
  }

  async balances(): Promise<VenueBalances> {
    const { info } = await this.#requests.ask("its balances", () => this.#exchange.fetchBalance());
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
      const page = (await this.#requests.ask("candles", () =>
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
    if (i < 0) return;
    const id = orderIdOf(raw);
    const isOwn = this.#own.has(id);
    if (kind === undefined) {
      if (isOwn) this.#ends.count(id, exactLots(this.#instruments[i]!, raw.z));
      return;
    }
    const report = reportOfStatus(kind, { time: Number(raw.T), id, execution: Number(raw.I) });
    if (kind === "order-accepted" || !isOwn) this.#listener?.onEvent(report);
    else this.#ends.end(report, exactLots(this.#instruments[i]!, raw.z));
  }

  /** Research takes fees from the pair's assets; an account that pays them in another one trades otherwise. */
  async #refuseOtherFees(): Promise<void> {
    for (const { base, quote, symbol } of this.#instruments) {
      const answer = (await this.#requests.ask("its fees", () =>
        this.#exchange.privateGetAccountCommission({ symbol: this.#exchange.marketId(symbol) }),
      )) as { readonly discount?: Raw };
      const { enabledForAccount, enabledForSymbol, discountAsset } = answer.discount ?? {};
      if (!enabledForAccount || !enabledForSymbol || [base, quote].includes(String(discountAsset))) continue;
      fail("venue.other-fee-asset", {
        message: `the account at ${this.name} pays the fees of ${symbol} in ${String(discountAsset)}`,
        fields: { symbol, asset: discountAsset },
      });
    }
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
      for (let wait = RETRY_MS; !this.#isClosed; ) {
        try {
          await work();
          wait = RETRY_MS;
        } catch (error) {
          if (this.#isClosed) return;
          if (isTickbookError(error)) return this.#listener?.onBroken(error);
          onError();
          await pause(this.#requests.isLimited(error) ? LIMITED_MS : wait);
          wait = Math.min(RETRY_MS_MAX, 2 * wait);
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
          if (isTickbookError(error)) return this.#listener?.onBroken(error);
          this.#lost(error as Error);
        }
      }
    };
    void run();
  }

  async #authenticate(): Promise<void> {
    const subscribed = this.#exchange.authenticate({ type: "spot" });
    // ccxt rejects this promise beside the one that it returns, and nobody hears it: that would end the process.
    this.#exchange.clients[this.#accountUrl()]?.futures["authenticate:signature:spot"]?.catch(() => {});
    await subscribed;
  }

  #accountUrl(): string {
    return String((this.#exchange.urls.api as { ws: { "ws-api": { spot: string } } }).ws["ws-api"].spot);
  }

  /** The exchange may end the subscription and leave the socket open: ccxt forgets it then, and tells nobody. */
  #watchSubscription(session: number): void {
    const url = this.#accountUrl();
    const timer = setInterval(() => {
      if (session !== this.#session) clearInterval(timer);
      else if (this.#exchange.clients[url]?.subscriptions.spot === undefined) {
        clearInterval(timer);
        this.#lost(new Error("the exchange ended the subscription"));
      }
    }, SUBSCRIPTION_CHECK_MS).unref();
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
}
