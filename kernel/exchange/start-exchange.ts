import { Audience } from "./audience.ts";
import { binanceSymbol, type Desk } from "./binance/desk.ts";
import { BinanceServer } from "./binance/server.ts";
import { checkOptions } from "./check-options.ts";
import { createDelays } from "./jitter.ts";
import { Market, type MarketEvent } from "./market.ts";
import type { Exchange, ExchangeOptions } from "./options.ts";
import { LockstepPacer } from "./pace/lockstep.ts";
import { PacedPacer } from "./pace/paced.ts";
import { PACER_CLOSED, type Pacer } from "./pace/pacer.ts";
import { Replay } from "./replay.ts";
import { exchangeState } from "./state.ts";

/**
 * Starts the simulated exchange on loopback, and its replay: paced at once, in lockstep when the daemon is in step.
 * Errors: `exchange.bad-bars`, `exchange.bad-option`, `exchange.thin-bar`, `exchange.port-in-use`, `wire.*`.
 */
export async function startExchange(options: ExchangeOptions): Promise<Exchange> {
  const { terms, keys, pace } = options;
  const tapes = checkOptions(options);
  const market = new Market(terms, tapes, keys.length);
  const audience = new Audience(tapes.length, keys.length);
  const symbols = new Map(tapes.map(({ instrument }, i) => [binanceSymbol(instrument), i]));
  const desk: Desk = { market, audience, keys, symbols };
  let onBug: (error: unknown) => void = () => {};
  const server = new BinanceServer(desk, createDelays(options.jitter), (error) => onBug(error));
  await server.listen(options.port ?? 0);
  let pacer: Pacer;
  try {
    const names = tapes.map(({ instrument }) => instrument.symbol);
    pacer =
      pace.kind === "paced"
        ? new PacedPacer(pace.speed)
        : await LockstepPacer.open(names, audience, pace.progress, pace.speed);
  } catch (error) {
    await server.close();
    throw error;
  }
  const replay = new Replay(market, pacer, (event) => {
    note(audience, event);
    server.send(event);
  });
  const done = new Promise<void>((resolve, reject) => {
    onBug = reject;
    const run = async () => {
      await replay.run();
      resolve();
      await replay.serve();
    };
    run().catch((error: unknown) => {
      if (error !== PACER_CLOSED) reject(error);
    });
  });
  let closing: Promise<void> | undefined;
  const close = async () => {
    await pacer.close();
    await server.close();
  };
  return {
    origin: server.origin,
    done,
    state: () => exchangeState(market, keys, replay),
    close() {
      closing ??= close();
      return closing;
    },
  };
}

/** Keeps the last id sent on each stream. */
function note(audience: Audience, event: MarketEvent): void {
  switch (event.kind) {
    case "trade":
      audience.trades[event.instrument]!.sent = event.trade.id;
      break;
    case "book":
      audience.books[event.instrument]!.sent = event.change.lastId;
      break;
    case "execution":
      audience.executions[event.account]!.sent = event.execution.id;
      break;
    case "balances":
      audience.balances[event.account]!.sent = event.id;
      break;
  }
}
