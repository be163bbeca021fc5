import { randomBytes } from "node:crypto";
import { resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Command } from "commander";
import { countText, fail, parseTime, parseTimeEnd, timeText } from "#core";
import { openStore } from "#data";
import type { Exchange, ExchangeKey, ExchangeOptions, ExchangeState } from "#exchange";
import { readKeyFile } from "#live";
import { type Account, account, type Bars, bps } from "#model";
import { table } from "./data/index.ts";
import { terminalProgress } from "./progress.ts";

interface ExchangeFlags {
  readonly home: string;
  readonly symbol: readonly string[];
  readonly timeframe: string;
  readonly source: string;
  readonly from: string;
  readonly to?: string;
  readonly port: string;
  readonly capital: string;
  readonly feesBps: string;
  readonly slippageBps: string;
  readonly latencyMs: string;
  readonly depthShare: string;
  readonly lockstep?: string;
  readonly speed?: string;
  readonly keyFile?: readonly string[];
  readonly jitterMs?: string;
  readonly seed: string;
  readonly json?: boolean;
}

export function addExchangeCommand(program: Command): void {
  program
    .command("exchange")
    .description("replay stored bars as an exchange on loopback that speaks Binance's spot protocol")
    .requiredOption("--symbol <symbol...>", "what is traded, such as BTC/USDT; several share one account")
    .requiredOption("--timeframe <timeframe>", "length of the stored bars, such as 1h")
    .requiredOption("--from <time>", "first bar to replay; those before are served as candles")
    .option("--to <time>", "last bar to replay, such as 2019 for all of 2019 (default: all)")
    .option("--home <folder>", "the .tickbook folder whose data is meant", ".tickbook")
    .option("--source <source>", "where the stored bars are from", "vega")
    .option("--port <port>", "where to listen; 0 takes any free port", "8080")
    .option("--capital <amount>", "what each account has, in the quote asset", "100000")
    .option("--fees-bps <bps>", "fee on the traded value, in basis points", "10")
    .option("--slippage-bps <bps>", "half the spread, in basis points", "2")
    .option("--latency-ms <ms>", "from an order to its arrival, in replay time", "50")
    .option("--depth-share <share>", "share of a bar's volume that stands on each side of the book", "0.1")
    .option("--lockstep <endpoint>", "wait for the daemon that publishes its progress on this bus address")
    .option("--speed <factor>", "replay time over wall time (default: 1; in lockstep: as fast as the daemon)")
    .option("--key-file <file...>", "accounts: files with an apiKey and a secret (default: one is made)")
    .option("--jitter-ms <ms>", "delay every message at random by up to so long")
    .option("--seed <seed>", "of the random delays", "1")
    .option("--json", "print JSON lines on standard output")
    .addHelpText(
      "after",
      `
A key file is {"apiKey": "...", "secret": "..."}, and only its owner may read it (chmod 600).
The exchange goes on answering after the replay, until Ctrl-C.

Examples:
  tickbook exchange --symbol SPX/USD --timeframe 1d --from 2019 --speed 3600
  tickbook exchange --symbol SPX/USD --timeframe 1d --from 2019 --to 2019 \\
    --lockstep tcp://127.0.0.1:7000 --key-file exchange-key.json`,
    )
    .action(runExchange);
}

async function runExchange(flags: ExchangeFlags): Promise<void> {
  const stop = stopSignal();
  const keys = flags.keyFile
    ? await Promise.all(flags.keyFile.map((file) => readKeyFile(resolve(file))))
    : [newKey()];
  const bars = await readBars(flags);
  const { startExchange } = await import("#exchange");
  const exchange = await startExchange({
    bars,
    from: parseTime(flags.from),
    ...(flags.to === undefined ? {} : { to: parseTimeEnd(flags.to) }),
    terms: termsFrom(flags, bars[0]!),
    keys,
    pace: paceFrom(flags),
    port: numberFrom("port", flags.port),
    ...(flags.jitterMs === undefined
      ? {}
      : { jitter: { ms: numberFrom("jitter-ms", flags.jitterMs), seed: numberFrom("seed", flags.seed) } }),
  });
  const progress = new AbortController();
  try {
    printListening(exchange, flags.keyFile ? [] : keys, flags);
    const drawing = flags.json ? undefined : drawProgress(exchange, progress.signal);
    if ((await Promise.race([exchange.done.then(() => "done" as const), stop])) === "done") {
      progress.abort();
      await drawing;
      printDone(exchange.state(), flags);
      await stop;
    }
  } finally {
    progress.abort();
    await exchange.close();
  }
}

/** Resolves at Ctrl-C or when the process is told to end. */
function stopSignal(): Promise<"stopped"> {
  return new Promise((resolveStop) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolveStop("stopped"));
  });
}

async function readBars({ home, symbol: symbols, timeframe, source }: ExchangeFlags): Promise<Bars[]> {
  const store = openStore(resolve(home, "data"));
  try {
    const histories: Bars[] = [];
    for (const symbol of symbols) histories.push(await store.read({ source, symbol, timeframe }));
    return histories;
  } finally {
    await store.close();
  }
}

function termsFrom(flags: ExchangeFlags, { instrument }: Bars): Account {
  return account({
    venue: "binance",
    kind: "cash",
    currency: instrument.quote,
    capital: numberFrom("capital", flags.capital),
    fees: bps(numberFrom("fees-bps", flags.feesBps)),
    slippage: bps(numberFrom("slippage-bps", flags.slippageBps)),
    latencyMs: numberFrom("latency-ms", flags.latencyMs),
    depthShare: numberFrom("depth-share", flags.depthShare),
  });
}

function paceFrom({ lockstep, speed }: ExchangeFlags): ExchangeOptions["pace"] {
  if (lockstep === undefined) return { kind: "paced", speed: numberFrom("speed", speed ?? "1") };
  const limit = speed === undefined ? {} : { speed: numberFrom("speed", speed) };
  return { kind: "lockstep", progress: lockstep, ...limit };
}

function numberFrom(name: string, text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isFinite(value)) return value;
  return fail("cli.bad-option", { message: `--${name} ${text}: that is no number`, fields: { name, text } });
}

function newKey(): ExchangeKey {
  return { apiKey: randomBytes(16).toString("hex"), secret: randomBytes(32).toString("hex") };
}

function printListening({ origin }: Exchange, made: readonly ExchangeKey[], { json }: ExchangeFlags): void {
  if (json) {
    print({ kind: "listening", origin, ...(made.length > 0 ? { keys: made } : {}) });
    return;
  }
  const rows = made.flatMap(({ apiKey, secret }) => [
    ["API key", apiKey],
    ["secret", secret],
  ]);
  process.stdout.write(`${table([["exchange", origin], ...rows])}\n`);
}

function printDone(state: ExchangeState, { json }: ExchangeFlags): void {
  if (json) {
    print({ kind: "done", ...state });
    return;
  }
  const rows = state.accounts.flatMap(({ apiKey, balances, openOrders, orders, trades }) => [
    ["account", apiKey],
    ["orders", `${countText(orders)}, ${countText(openOrders.length)} of them open`],
    ["trades", countText(trades)],
    ...Object.entries(balances).map(([asset, { free, locked }]) => [asset, `${free} free, ${locked} locked`]),
  ]);
  process.stdout.write(
    `The replay is done: ${countText(state.prints)} trades up to ${timeText(state.time)}.\n` +
      `${table(rows)}\nStill answering. Ctrl-C ends the exchange.\n`,
  );
}

function print(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

const DRAW_MS = 200;

async function drawProgress(exchange: Exchange, signal: AbortSignal): Promise<void> {
  const start = await terminalProgress();
  const progress = start("replay", exchange.state().printsTotal);
  while (!signal.aborted) {
    const { prints, time, waitsFor } = exchange.state();
    progress.update(prints, waitsFor ? `${timeText(time)}, waits for ${waitsFor}` : timeText(time));
    await pause(DRAW_MS, undefined, { signal }).catch(() => {});
  }
  progress.end(timeText(exchange.state().time));
}
