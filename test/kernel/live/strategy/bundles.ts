import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { TickbookError } from "#core";
import { type Bundle, type Manifest, SCRIPT, type Start } from "#exports";
import type { InstrumentSpec } from "#model";
import { openObjects } from "#storage";
import { linkStrategy } from "../../../../exports/strategy/link/link.ts";
import { startStrategyProcess } from "../../../../kernel/live/strategy/strategy-process.ts";
import type {
  DecideRequest,
  StrategyProcess,
  StrategyProcessOptions,
} from "../../../../kernel/live/strategy/types.ts";
import { temporaryFolder } from "../../../temporary-folder.ts";

export const INSTRUMENT: InstrumentSpec = { symbol: "BTC/USDT", tick: "0.01", lot: "0.001" };
export const START: Start = { instruments: [{ instrument: INSTRUMENT }] };

/** The script of a strategy with this handler. */
export async function linked(onBar: string, head = ""): Promise<string> {
  const folder = temporaryFolder();
  const source = `import { account, bps, defineStrategy, features, rsi } from "tickbook/strategy";
${head}
export default defineStrategy({
  name: "tested", instruments: ["BTC/USDT"], timeframe: "1h", features: features({ r: rsi(3) }), state: { n: 0 }, shared: {},
  account: account({ venue: "binance", kind: "cash", currency: "USDT", capital: 1, fees: bps(1), slippage: bps(1) }),
  onBar(ctx) { ${onBar} },
});`;
  const slice = { source, frozen: [], modules: [] };
  const objects = openObjects(join(folder, "objects"));
  return (await linkStrategy(slice, { objects, packagesFrom: folder, packages: [] })).script;
}

/** A bundle of this script as far as a process needs it. */
export function bundleOf(script: string): Pick<Bundle, "manifest" | "files"> {
  const files = new Map([[SCRIPT, new TextEncoder().encode(script)]]);
  return { files, manifest: FACTS as unknown as Manifest };
}

/** What of a manifest a process looks at. */
const FACTS = {
  name: "tested",
  instruments: [INSTRUMENT],
  models: {},
  features: { names: ["r"], ids: ["technical.rsi(3)@1"], warmup: 3, reads: [] },
} satisfies Partial<Record<keyof Manifest, unknown>>;

/** Started, and stopped when the test ends. */
export async function startProcess(
  options: Omit<StrategyProcessOptions, "onDeath"> & Partial<StrategyProcessOptions>,
  entry?: string,
): Promise<StrategyProcess> {
  const running = await startStrategyProcess({ onDeath: () => {}, ...options }, entry);
  onTestFinished(() => running.stop());
  return running;
}

/**
 * As if the wall around the bundle's code had fallen: JavaScript that runs in a process with the same layers. It can
 * `await ask()` for the next message, and `reply(value)`.
 */
export function fallenWall(code: string): string {
  const entry = join(temporaryFolder(), "entry.mjs");
  writeFileSync(
    entry,
    `import { Socket } from "node:net";
const channel = new Socket({ fd: 3, readable: true, writable: true });
channel.on("error", () => process.exit()).on("close", () => process.exit());
const ask = () => new Promise((resolve) => channel.once("data", resolve));
const write = (text) => {
  const head = Buffer.alloc(4);
  head.writeUInt32LE(Buffer.byteLength(text));
  channel.write(Buffer.concat([head, Buffer.from(text)]));
};
const reply = (value) => write(JSON.stringify(value));
await ask();
${code}`,
  );
  return entry;
}

export const REQUEST: DecideRequest = {
  bars: [[1, 10, 11, 9, 10, 5]],
  started: [1],
  view: { now: 2, equity: 1, lots: [0], averagePrice: [Number.NaN], mark: [10], orders: [[]] },
};

/** The error of a rejected promise. */
export async function errorOf(work: Promise<unknown>): Promise<TickbookError> {
  try {
    await work;
  } catch (error) {
    return error as TickbookError;
  }
  throw new Error("no error");
}

/** Ended, and no zombie that nobody waited for. */
export function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}
