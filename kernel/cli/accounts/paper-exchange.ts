import { randomBytes } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { timeframeMs } from "#core";
import type { Manifest } from "#exports";
import { writeAtomic } from "#storage";
import { freePort } from "../free-port.ts";
import { linesOfKind, startInBackground, untilGone } from "./background.ts";

const READY_MS = 30_000;
const STOP_MS = 5000;
/** One bar a second, whatever its length. */
const BARS_PER_SECOND = 1;

/** The embedded exchange of a paper account, as it is written down beside the account. */
export interface PaperExchange {
  readonly pid: number;
  readonly origin: string;
  /** Where the daemon publishes its progress, which the exchange waits for: results do not depend on the machine. */
  readonly bus: string;
}

export interface PaperTerms {
  /** The .tickbook folder whose bars are replayed. */
  readonly home: string;
  readonly manifest: Manifest;
  readonly capital: number;
  /** Replay time over wall time. Default: one bar a second. */
  readonly speed?: number;
}

export function paperKeyFile(folder: string): string {
  return join(folder, "paper-key.json");
}

/**
 * Starts the exchange that a paper account trades on: it replays the bars that the strategy was tested on, from the
 * start of its backtest, in step with the daemon, and goes on when this process ends.
 */
export async function startPaperExchange(
  folder: string,
  terms: PaperTerms,
  signal?: AbortSignal,
): Promise<PaperExchange> {
  const { manifest, home, capital, speed } = terms;
  const { instruments, timeframe, account, evidence } = manifest;
  const keyFile = paperKeyFile(folder);
  const key = { apiKey: randomBytes(16).toString("hex"), secret: randomBytes(32).toString("hex") };
  await rm(keyFile, { force: true });
  await writeAtomic(keyFile, JSON.stringify(key), { mode: 0o600 });
  const source = evidence.data.find(({ timeframe: each }) => each === timeframe)?.source ?? "csv";
  const bus = `tcp://127.0.0.1:${await freePort()}`;
  const command = await startInBackground(
    [
      "exchange",
      ...["--home", home, "--source", source, "--timeframe", timeframe],
      ...instruments.flatMap(({ symbol }) => ["--symbol", symbol]),
      ...["--from", new Date(evidence.backtest.from).toISOString()],
      ...["--capital", String(capital), "--fees-bps", String(account.fees.bps)],
      ...["--slippage-bps", String(account.slippage.bps), "--latency-ms", String(account.latencyMs)],
      ...["--depth-share", String(account.depthShare), "--key-file", keyFile, "--port", "0"],
      ...["--lockstep", bus, "--speed", String(speed ?? (timeframeMs(timeframe) / 1000) * BARS_PER_SECOND)],
    ],
    join(folder, "exchange.log"),
    signal,
  );
  try {
    const origin = await command.untilReady(
      (log) => Promise.resolve(linesOfKind<{ origin: string }>(log, "listening")[0]?.origin),
      READY_MS,
    );
    const exchange = { pid: command.pid, origin, bus };
    await writeAtomic(join(folder, "exchange.json"), JSON.stringify(exchange));
    return exchange;
  } catch (error) {
    await command.end();
    throw error;
  }
}

/** The exchange of a paper account, if it still answers. */
export async function runningPaperExchange(folder: string): Promise<PaperExchange | undefined> {
  const text = await readFile(join(folder, "exchange.json"), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const exchange = exchangeFrom(text);
  return exchange && (await answers(exchange)) ? exchange : undefined;
}

/** Ends it, if it still answers: another process may have its number by now. */
export async function stopPaperExchange(folder: string): Promise<void> {
  const exchange = await runningPaperExchange(folder);
  if (!exchange) return;
  process.kill(exchange.pid, "SIGTERM");
  await untilGone(exchange.pid, STOP_MS);
}

/** Undefined for a file that is not what was written. */
function exchangeFrom(text: string): PaperExchange | undefined {
  try {
    const { pid, origin, bus } = JSON.parse(text) as Partial<PaperExchange>;
    const isWhole = typeof pid === "number" && typeof origin === "string" && typeof bus === "string";
    return isWhole ? { pid, origin, bus } : undefined;
  } catch {
    return undefined;
  }
}

async function answers({ origin }: PaperExchange): Promise<boolean> {
  try {
    return (await fetch(`${origin}/api/v3/ping`, { signal: AbortSignal.timeout(2000) })).ok;
  } catch {
    return false;
  }
}
