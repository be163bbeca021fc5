import type { Millis } from "#core";
import { PRINTS_PER_BAR, printTime } from "#venue";
import type { Market, MarketEvent } from "./market.ts";
import type { Pacer } from "./pace/pacer.ts";

/**
 * Drives the market through its history, in the order of a backtest with no print skipped: at each time of the
 * timeline, what is due before a print arrives; each instrument that starts there prints its open; then all of them
 * the first extreme, the second, and the close. What a print or an arrival leads to is told, message by message,
 * before anything else happens; the answers to commands that come meanwhile are told behind it.
 */
export class Replay {
  isDone = false;
  sent = 0;
  private readonly market: Market;
  private readonly pacer: Pacer;
  private readonly send: (event: MarketEvent) => void;

  constructor(market: Market, pacer: Pacer, send: (event: MarketEvent) => void) {
    this.market = market;
    this.pacer = pacer;
    this.send = send;
    market.onCommand = () => pacer.wake();
  }

  get waitsFor(): string | undefined {
    return this.isDone ? undefined : this.pacer.waitsFor;
  }

  /** Replays everything. Rejects with what the pacer throws when it is closed. */
  async run(): Promise<void> {
    const { tapes } = this.market;
    const length = tapes[0]!.timeframeMs;
    const nextStart = () => Math.min(...tapes.map((tape) => tape.nextStart));
    for (let start = nextStart(); Number.isFinite(start); start = nextStart()) {
      const starting = [...tapes.keys()].filter((i) => tapes[i]!.nextStart === start);
      for (let k = 0; k < PRINTS_PER_BAR; k++) {
        await this.arriveBefore(printTime(start, length, k));
        for (const i of starting) {
          this.market.print(i);
          await this.tell();
        }
      }
    }
    this.isDone = true;
  }

  /** After the last print: nothing arrives any more, but accepted orders are still told. Never resolves. */
  async serve(): Promise<never> {
    for (;;) {
      await this.pacer.reach(Number.POSITIVE_INFINITY);
      await this.tell();
    }
  }

  /** Lets all that is due before `time` arrive, and waits for that time. */
  private async arriveBefore(time: Millis): Promise<void> {
    for (;;) {
      await this.tell();
      const arrival = this.market.nextArrival;
      // A command may come while we wait, and arrive earlier than what we wait for.
      if (!(await this.pacer.reach(Math.min(arrival, time)))) continue;
      if (arrival >= time) return;
      this.market.arrive();
    }
  }

  /** Returns in the moment in which nothing is left to tell and the pacer lets time move on. */
  private async tell(): Promise<void> {
    for (;;) {
      await this.pacer.ready();
      const event = this.market.queue.shift();
      if (!event) return;
      this.send(event);
      this.sent++;
    }
  }
}
