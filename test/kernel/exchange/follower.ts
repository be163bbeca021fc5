import { createHmac } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { onTestFinished } from "vitest";
import { WebSocket } from "ws";
import type { ExchangeKey } from "#exchange";
import { openPublisher, type Publisher } from "#wire";

/** A message of the exchange, in Binance's one-letter names. */
export type Message = Readonly<Record<string, unknown>> & { readonly e: string };

export interface FollowerOptions {
  readonly keys: readonly ExchangeKey[];
  /** "BTC/USDT". */
  readonly symbols: readonly string[];
  /** Called with each message before it counts as taken in. What it asks for is answered first. */
  readonly onMessage?: (message: Message, account: number) => void | Promise<void>;
  /** Names a message before `onMessage` has begun, with an open command: that holds the exchange alike. */
  readonly namesFirst?: boolean;
  /** The so-manieth message is lost, and every connection with it; then it connects again. */
  readonly losesAt?: number;
}

/** Says it again every so often: a bus tells nothing to those who come late. */
const PUBLISH_EVERY_MS = 10;
/** Between naming a message and answering it: long enough for an exchange that does not wait to go on. */
const THINK_MS = 3;

/**
 * A daemon as small as it can be: it hears every stream, does what a test wants done, and publishes on a real bus how
 * far it is. It takes messages in one after another.
 */
export class Follower {
  /** What came, in the order in which it was taken in; trades that were fetched stand where they were missing. */
  readonly taken: Message[] = [];
  /** Ids of its fills, as told or as asked for after a lost connection. */
  readonly fills = new Set<number>();
  private received = 0;
  private readonly publisher: Publisher;
  private readonly options: FollowerOptions;
  private origin = "";
  private sockets: WebSocket[] = [];
  private apis: WebSocket[] = [];
  private readonly answers = new Map<string, (answer: Answer) => void>();
  private readonly trades: Record<string, number> = {};
  private readonly book: Record<string, number> = {};
  private executions = 0;
  private balances = 0;
  private syncs = 0;
  private openCommands = 0;
  private requests = 0;
  private work: Promise<void> = Promise.resolve();
  private readonly failures: unknown[] = [];

  static async open(options: FollowerOptions): Promise<Follower> {
    const publisher = await openPublisher("tcp://127.0.0.1:0");
    const follower = new Follower(publisher, options);
    const timer = setInterval(() => follower.publish(), PUBLISH_EVERY_MS);
    onTestFinished(async () => {
      clearInterval(timer);
      follower.cut();
      await publisher.close();
    });
    return follower;
  }

  constructor(publisher: Publisher, options: FollowerOptions) {
    this.publisher = publisher;
    this.options = options;
    for (const symbol of options.symbols) {
      this.trades[symbol] = 0;
      this.book[symbol] = 0;
    }
  }

  /** Where the progress is published. */
  get endpoint(): string {
    return this.publisher.endpoint;
  }

  /** What went wrong while messages were taken in. */
  check(): void {
    if (this.failures.length > 0) throw this.failures[0];
  }

  /** Connects, or connects again: subscribes, asks for what it missed, and is in step. */
  async connect(origin: string): Promise<void> {
    this.origin = origin;
    const address = origin.replace("http", "ws");
    const market = await this.openSocket(`${address}/stream/ws`);
    this.apis = [];
    for (const account of this.options.keys.keys()) {
      const api = await this.openSocket(`${address}/ws-api/v3`, account);
      this.apis.push(api);
    }
    for (const account of this.options.keys.keys()) {
      await this.ask(account, "userDataStream.subscribe.signature", {});
    }
    const names = this.options.symbols.map((symbol) => symbol.replace("/", "").toLowerCase());
    await new Promise<void>((resolve) => {
      market.once("message", () => resolve());
      market.send(
        JSON.stringify({
          method: "SUBSCRIBE",
          params: names.flatMap((name) => [`${name}@trade`, `${name}@depth@100ms`]),
          id: 1,
        }),
      );
    });
    for (const symbol of this.options.symbols) await this.catchUp(symbol);
    for (const account of this.options.keys.keys()) await this.askFills(account);
    this.resync();
  }

  /** Comes into step once more, as the daemon does when a user stream begins: also one of another client. */
  resync(): void {
    this.syncs++;
    this.publish();
  }

  /** Cuts all connections at once, as a broken network does. */
  cut(): void {
    for (const socket of this.sockets) socket.terminate();
    this.sockets = [];
  }

  /** A signed request of the WebSocket API, while which the exchange must stand still. */
  async command(account: number, method: string, params: Record<string, string | number>): Promise<Answer> {
    this.openCommands++;
    this.publish();
    try {
      return await this.ask(account, method, params);
    } finally {
      this.openCommands--;
    }
  }

  publish(): void {
    const { trades, book, executions, balances, openCommands, syncs } = this;
    this.publisher.publish("progress", {
      streams: { trades: { ...trades }, book: { ...book }, executions, balances },
      openCommands,
      syncs,
      sequence: this.taken.length,
    });
  }

  private async openSocket(address: string, account = -1): Promise<WebSocket> {
    const socket = new WebSocket(address);
    this.sockets.push(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once("open", () => resolve());
      socket.once("error", reject);
    });
    socket.on("error", () => {});
    socket.on("message", (data) => {
      const message = JSON.parse(String(data)) as Record<string, unknown>;
      if (typeof message.id === "string") this.answers.get(message.id)?.(message as unknown as Answer);
      const event = (message.event ?? message) as Message;
      if (event.e) this.work = this.work.then(() => this.take(event, account));
    });
    return socket;
  }

  private ask(account: number, method: string, params: Record<string, string | number>): Promise<Answer> {
    const id = String(++this.requests);
    const signed = signedParams(this.options.keys[account]!, params);
    return new Promise((resolve) => {
      this.answers.set(id, resolve);
      this.apis[account]!.send(JSON.stringify({ id, method, params: signed }));
    });
  }

  private async take(message: Message, account: number): Promise<void> {
    try {
      if (++this.received === this.options.losesAt) {
        this.cut();
        // Not waited for: to come into step it takes messages in itself.
        void this.connect(this.origin).catch((error: unknown) => this.failures.push(error));
        return;
      }
      const symbol = this.options.symbols.find((each) => each.replace("/", "") === message.s) ?? "";
      if (message.e === "trade" && Number(message.t) <= this.trades[symbol]!) return;
      if (message.e === "depthUpdate" && Number(message.u) <= this.book[symbol]!) return;
      this.taken.push(message);
      if (this.options.namesFirst) {
        this.openCommands++;
        this.name(message, symbol);
        void this.think(message, account);
        return;
      }
      await this.options.onMessage?.(message, account);
      this.name(message, symbol);
    } catch (error) {
      this.failures.push(error);
    }
  }

  /** Nothing but the open command holds the exchange meanwhile. */
  private async think(message: Message, account: number): Promise<void> {
    await pause(THINK_MS);
    await Promise.resolve(this.options.onMessage?.(message, account)).catch((error: unknown) =>
      this.failures.push(error),
    );
    this.openCommands--;
    this.publish();
  }

  private name(message: Message, symbol: string): void {
    if (message.e === "trade") this.trades[symbol] = Number(message.t);
    if (message.e === "depthUpdate") this.book[symbol] = Number(message.u);
    if (message.e === "executionReport") this.executions = Number(message.I);
    if (message.x === "TRADE") this.fills.add(Number(message.t));
    if (message.e === "outboundAccountPosition") this.balances = Number(message.u);
    this.publish();
  }

  /** The trades that were missed, and the book as it stands. */
  private async catchUp(symbol: string): Promise<void> {
    const name = symbol.replace("/", "");
    await this.work;
    const query = `symbol=${name}&fromId=${this.trades[symbol]! + 1}&limit=1000`;
    for (const { id, price, qty, time } of (await this.get(`historicalTrades?${query}`)) as Row[]) {
      const message = { e: "trade", E: time, s: name, t: id, p: price, q: qty, T: time };
      this.work = this.work.then(() => this.take(message, -1));
    }
    await this.work;
    const { lastUpdateId } = (await this.get(`depth?symbol=${name}`)) as { lastUpdateId: number };
    this.book[symbol] = Math.max(this.book[symbol]!, lastUpdateId);
  }

  private async askFills(account: number): Promise<void> {
    for (const symbol of this.options.symbols) {
      const { result } = await this.ask(account, "myTrades", { symbol: symbol.replace("/", ""), fromId: 0 });
      for (const { id } of result as unknown as Row[]) this.fills.add(id);
    }
  }

  private async get(path: string): Promise<unknown> {
    return (await fetch(`${this.origin}/api/v3/${path}`)).json();
  }
}

interface Row {
  readonly id: number;
  readonly price: string;
  readonly qty: string;
  readonly time: number;
}

export interface Answer {
  readonly status: number;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly code: number; readonly msg: string };
}

/** Signed as the WebSocket API wants it. */
export function signedParams(key: ExchangeKey, params: Record<string, string | number>): object {
  const full: Record<string, string | number> = { ...params, apiKey: key.apiKey, timestamp: Date.now() };
  const text = Object.keys(full)
    .sort()
    .map((name) => `${name}=${full[name]}`)
    .join("&");
  return { ...full, signature: createHmac("sha256", key.secret).update(text).digest("hex") };
}
