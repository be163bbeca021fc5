import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { parseTime, type StartProgress, unitsFromText } from "#core";
import type { VerifiedBundle } from "#exports";
import { askStatus, differenceOfBooks, type LiveStatus, type Proof } from "#live";
import { writeAtomic } from "#storage";
import { freePort } from "../free-port.ts";
import { proveFromStore } from "../live.ts";
import { CommandProcess } from "./child.ts";

export interface TradeOptions {
  /** The journey's folder. */
  readonly out: string;
  readonly bundlePath: string;
  readonly bundle: VerifiedBundle;
  /** Where the replayed bars are from. */
  readonly source: string;
  /** Start of the first bar that is replayed. */
  readonly from: number;
  /** Start of the last one. */
  readonly to: number;
  readonly startProgress: StartProgress;
}

/** What the exchange says at its end: see `ExchangeState`. */
interface ExchangeDone {
  readonly prints: number;
  readonly accounts: readonly [
    {
      readonly balances: Readonly<Record<string, { readonly free: string; readonly locked: string }>>;
      readonly orders: number;
      readonly trades: number;
    },
  ];
}

export interface Traded {
  readonly exchange: ExchangeDone;
  readonly status: LiveStatus;
}

export interface RunningExchange {
  readonly process: CommandProcess;
  readonly origin: string;
  readonly bus: string;
  readonly keyFile: string;
}

/** Starts the simulated exchange, in lockstep with the daemon that will publish on `bus`. */
export async function startExchange({ out, bundle, source, from }: TradeOptions): Promise<RunningExchange> {
  const { instruments, timeframe, account } = bundle.manifest;
  const keyFile = join(out, "exchange-key.json");
  const key = { apiKey: randomBytes(16).toString("hex"), secret: randomBytes(32).toString("hex") };
  await rm(keyFile, { force: true });
  await writeAtomic(keyFile, JSON.stringify(key), { mode: 0o600 });
  const bus = `tcp://127.0.0.1:${await freePort()}`;
  const process = new CommandProcess([
    "exchange",
    ...["--home", join(out, "home"), "--source", source, "--timeframe", timeframe],
    ...instruments.flatMap(({ symbol }) => ["--symbol", symbol]),
    ...["--from", new Date(from).toISOString()],
    ...["--capital", String(account.capital), "--fees-bps", String(account.fees.bps)],
    ...["--slippage-bps", String(account.slippage.bps), "--latency-ms", String(account.latencyMs)],
    ...["--depth-share", String(account.depthShare), "--key-file", keyFile],
    ...["--port", "0", "--lockstep", bus],
  ]);
  const { origin } = await process.line<{ readonly origin: string }>("listening");
  return { process, origin, bus, keyFile };
}

/** Lets the daemon trade the bundle until the exchange has replayed all, and stops it. */
export async function trade(exchange: RunningExchange, options: TradeOptions): Promise<Traded> {
  const { out, bundlePath, bundle } = options;
  const account = join(out, "account");
  await rm(account, { recursive: true, force: true });
  const daemon = new CommandProcess([
    ...["live", bundlePath, "--account", account, "--key-file", exchange.keyFile],
    ...["--origin", exchange.origin, "--bus", exchange.bus, "--clock", "venue"],
    ...["--trust", bundle.fingerprint],
  ]);
  const watching = new AbortController();
  const watched = watch(account, options, watching.signal);
  try {
    // Whichever ends first; the daemon ends before its time only if it fails.
    const stopped = daemon.line<{ readonly status: LiveStatus }>("stopped");
    const done = exchange.process.line<ExchangeDone>("done");
    const found = await Promise.race([done, stopped.then(() => done)]);
    watching.abort();
    await watched;
    await daemon.stop();
    return { exchange: found, status: (await stopped).status };
  } finally {
    watching.abort();
    await daemon.stop();
  }
}

/** Draws how far the replay is, as the daemon sees it. */
async function watch(
  account: string,
  { from, to, startProgress }: TradeOptions,
  signal: AbortSignal,
): Promise<void> {
  const progress = startProgress("trading", 100);
  let note = "";
  while (!signal.aborted) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    const status = await askStatus(account).catch(() => undefined);
    if (!status || status.venueTime === "(no time)") continue;
    const time = parseTime(status.venueTime.replace(" UTC", "Z").replace(" ", "T"));
    note = `${status.venueTime.slice(0, 10)}, ${status.counts.orders} orders, ${status.counts.fills} fills`;
    progress.update(Math.min(100, Math.round((100 * (time - from)) / (to - from))), note);
  }
  progress.end(note);
}

/** The journal replayed, the trades held against the backtest's, and the exchange's own account against the books. */
export async function proveTrading(
  { exchange, status }: Traded,
  { out, bundlePath, source }: TradeOptions,
): Promise<{ readonly proof: Proof; readonly booksDiffer: string | undefined }> {
  const proof = await proveFromStore(bundlePath, join(out, "account"), join(out, "home"), source);
  const { core } = proof.replay;
  const decimals = core.instruments[0]!.assetDecimals;
  const total = Object.entries(exchange.accounts[0].balances).map(([asset, { free, locked }]) => [
    asset,
    unitsFromText(free, decimals) + unitsFromText(locked, decimals),
  ]);
  const balances = {
    kind: "balances",
    time: core.engine.now,
    id: 0,
    total: Object.fromEntries(total),
  } as const;
  return { proof, booksDiffer: differenceOfBooks(core, balances) ?? status.booksDiffer };
}
