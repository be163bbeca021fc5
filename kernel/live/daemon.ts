import type { Golden } from "#backtest";
import { decodeValue, fail, type TickbookError } from "#core";
import { GOLDEN, type VerifiedBundle, verifyBundle } from "#exports";
import { checkLimits, type Limits, type StreamProgress, type VenueGateway } from "#model";
import { lockFolder } from "#storage";
import { openBinance, type StreamKeys } from "#venue";
import { openPublisher } from "#wire";
import { readTrusted } from "./account-folder.ts";
import { type ControlAction, startControl } from "./control/server.ts";
import type { TradingTerms } from "./core/input.ts";
import type { TradingCore } from "./core/trading-core.ts";
import type { CrashPoint, Log } from "./core-driver.ts";
import { followClock } from "./follow-clock.ts";
import { Journal } from "./journal.ts";
import { LiveTrader } from "./live-trader.ts";
import { serveMetrics } from "./metrics/server.ts";
import { modelStatus } from "./model-status.ts";
import { type Recovered, recover } from "./recover.ts";
import { openSeries, type ReadSeries, type SeriesSource } from "./series-source.ts";
import { writeSnapshot } from "./snapshot.ts";
import { type LiveStatus, statusOf } from "./status.ts";
import { startStrategyProcess } from "./strategy/strategy-process.ts";
import type { StrategyProcess } from "./strategy/types.ts";

export interface DaemonOptions {
  /** Folder of a bundle. */
  readonly bundle: string;
  /** Folder of the account: journal, trusted keys, control. One daemon a folder. */
  readonly folder: string;
  readonly keys: StreamKeys;
  /** Where all requests go instead of to the exchange. */
  readonly origin?: string;
  /** The operator's limits: each wins over the bundle's. */
  readonly limits?: Limits;
  /** What to trade with, in the account's currency. Default: the bundle's. The same at each start. */
  readonly capital?: number;
  /** `venue`: only the venue's stamps move time. `wall`: a quiet market's bars close by the clock as well. */
  readonly clock: "venue" | "wall";
  /** Where progress is published: "tcp://127.0.0.1:5555". */
  readonly bus?: string;
  /** Whether an order's intent must survive a loss of power before it is sent. Default true. */
  readonly isDurable?: boolean;
  /** What the strategy's features read beside bars. */
  readonly readSeries?: ReadSeries;
  /** Port on loopback where Prometheus finds /metrics. Default: none. */
  readonly metricsPort?: number;
  /** Milliseconds for a decision. Default 5000. */
  readonly decideTimeoutMs?: number;
  /** The daemon that had the folder before ran in a container or on a machine that is gone for certain. */
  readonly takeOver?: boolean;
  /** Records between two snapshots. Default 10,000. */
  readonly snapshotEvery?: number;
  /** Refuse to trade unless the strategy's process has no network. */
  readonly requireIsolation?: boolean;
  readonly onLog: Log;
  onPoint?(point: CrashPoint): void;
}

export interface Daemon {
  readonly core: TradingCore;
  status(): LiveStatus;
  stop(): void;
  /** Settles when it has stopped and let go of everything. Rejects with what it could not go on after. */
  readonly ended: Promise<void>;
}

const SNAPSHOT_EVERY = 10_000;
const HEARTBEAT_MS = 100;

/**
 * Starts trading a bundle. There is one way to start: verify, recover, join the venue, trade.
 * Errors: `bundle.*`, `storage.*`, `live.*`, `venue.*`, `keys.*`.
 */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const { folder } = options;
  const lock = lockFolder(folder, { takeOverUnseen: options.takeOver ?? false });
  const closing: (() => unknown)[] = [() => lock.release()];
  const close = async () => {
    for (const step of closing.splice(0).reverse()) await step();
  };
  try {
    const bundle = await verifyBundle(options.bundle, await readTrusted(folder));
    const terms = termsFrom(bundle, options);
    const journal = new Journal(folder);
    closing.push(() => journal.close());
    if (journal.tornBytes > 0)
      options.onLog("warning", `${journal.tornBytes} bytes of a torn record were cut off the journal`);
    const recovered = await recover(folder, terms, journal.sequence);
    const series = await openBundleSeries(bundle, options, recovered.hasBegun);
    const gateway = await openBinance(options);
    closing.push(() => gateway.close());
    await assertInstruments(terms, gateway);
    if (!recovered.hasBegun) {
      journal.append({ kind: "began", terms }, Date.now());
      journal.sync();
    }
    let trader: LiveTrader | undefined;
    const strategy = await openStrategy(options, bundle, recovered, (error) => trader?.strategyFailed(error));
    closing.push(() => strategy.stop());
    const publisher = options.bus === undefined ? undefined : await openPublisher(options.bus);
    closing.push(() => publisher?.close());
    let progress: StreamProgress | undefined;
    const publish = () => progress && publisher?.publish("progress", progress);
    trader = new LiveTrader({
      ...options,
      limits: terms.limits,
      core: recovered.core,
      journal,
      gateway,
      series,
      strategy,
      now: Date.now,
      isDurable: options.isDurable ?? true,
      snapshotEvery: options.snapshotEvery ?? SNAPSHOT_EVERY,
      takeSnapshot: () => takeSnapshot(folder, recovered.core, journal, strategy),
      onProgress(next) {
        progress = next;
        publish();
      },
    });
    const running = trader;
    // The bus forgets what nobody heard: those who come later hear it again.
    const heartbeat = setInterval(publish, HEARTBEAT_MS);
    closing.push(() => clearInterval(heartbeat));
    if (options.clock === "wall") closing.push(followClock(recovered.core, running, gateway));
    const models = () => modelStatus(bundle.manifest, recovered.core, strategy.drift);
    const status = () => statusOf(recovered.core, running, strategy.isolation, journal.sequence, models());
    const stop = () => running.stop();
    const act = (action: ControlAction) => (action === "stop" ? stop() : running.operate(action));
    closing.push(await openDoors(options, { status, act }, recovered.hasBegun));
    const run = async () => {
      try {
        await running.run();
      } finally {
        await close();
      }
    };
    return { core: recovered.core, status, stop, ended: run() };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Where others ask, command, and read metrics. @returns what closes it. */
async function openDoors(
  { folder, metricsPort, onLog }: DaemonOptions,
  handlers: { status(): LiveStatus; act(action: ControlAction): void },
  hasBegun: boolean,
): Promise<() => Promise<void>> {
  const serve = async (port: number) => {
    try {
      return await serveMetrics(folder, port, handlers.status);
    } catch (error) {
      // Who holds a position is not left alone with it because of a page of figures.
      if (!hasBegun) throw error;
      onLog("warning", (error as Error).message);
      return undefined;
    }
  };
  const metrics = metricsPort === undefined ? undefined : await serve(metricsPort);
  try {
    const control = await startControl(folder, handlers);
    return async () => {
      await control.close();
      await metrics?.close();
    };
  } catch (error) {
    await metrics?.close();
    throw error;
  }
}

function termsFrom(
  { hash, manifest, fingerprint }: VerifiedBundle,
  { limits = {}, capital = manifest.account.capital }: Pick<DaemonOptions, "limits" | "capital">,
): TradingTerms {
  const { name, instruments, timeframe, rebalance, warmupBars, engine } = manifest;
  const account = { ...manifest.account, capital };
  return {
    bundle: hash,
    signedBy: fingerprint,
    strategy: name,
    instruments,
    timeframe,
    account,
    limits: { ...manifest.limits, ...checkLimits(limits) },
    rebalance,
    warmupBars,
    engine: engine.hash,
  };
}

/** The series that a bundle's features read, held against those of its backtest. */
function openBundleSeries(
  { manifest, files }: VerifiedBundle,
  { readSeries, onLog }: DaemonOptions,
  hasBegun: boolean,
): Promise<SeriesSource> {
  const names = manifest.features.series ?? [];
  const golden = names.length > 0 ? Buffer.from(files.get(GOLDEN)!).toString("utf8") : undefined;
  const { published = {} } = golden === undefined ? {} : (decodeValue(golden) as Golden);
  return openSeries({ names, read: readSeries, researched: published, hasBegun, onLog });
}

/** A venue whose steps differ would round, refuse or fill otherwise than research did. */
async function assertInstruments(terms: TradingTerms, gateway: VenueGateway): Promise<void> {
  const found = await gateway.instruments(terms.instruments.map(({ symbol }) => symbol));
  terms.instruments.forEach((wanted, i) => {
    for (const field of ["tick", "lot", "minNotional"] as const) {
      if (Number(found[i]![field]) === Number(wanted[field])) continue;
      fail("live.other-instrument", {
        message: `${wanted.symbol} has a ${field} of ${found[i]![field]} at ${gateway.name}; the strategy was researched on ${wanted[field]}`,
        hint: "Fetch the data again, run the notebook on it, and promote the strategy anew.",
        fields: { symbol: wanted.symbol, field, found: found[i]![field], wanted: wanted[field] },
      });
    }
  });
}

/** Starts the strategy's process and brings it to where the journal ends. */
async function openStrategy(
  options: DaemonOptions,
  bundle: VerifiedBundle,
  { start, bars, published, failed }: Recovered,
  onDeath: (error: TickbookError) => void,
): Promise<StrategyProcess> {
  const { decideTimeoutMs } = options;
  const strategy = await startStrategyProcess({
    bundle,
    onDeath,
    ...(decideTimeoutMs === undefined ? {} : { decideTimeoutMs }),
  });
  try {
    if (options.requireIsolation && !strategy.isolation.network) {
      fail("live.no-isolation", {
        message: "the strategy's process can't be given a network namespace of its own on this machine",
        hint: "Run on Linux where unshare works, or trade without --require-isolation.",
      });
    }
    await strategy.start(start);
    await strategy.publish(published);
    await strategy.warmUp(bars, failed);
  } catch (error) {
    await strategy.stop();
    throw error;
  }
  return strategy;
}

/** A strategy that fails meanwhile is told of on its own way; the snapshot is left for the next time. */
async function takeSnapshot(
  folder: string,
  core: TradingCore,
  journal: Journal,
  strategy: StrategyProcess,
): Promise<void> {
  const { sequence } = journal;
  const parts = { sequence, bundle: core.terms.bundle, core: core.snapshot() };
  const asked = core.failure ? undefined : await strategy.snapshot().catch(() => null);
  if (asked === null) return;
  // Never ahead of the journal that it stands for.
  journal.sync();
  await writeSnapshot(folder, { ...parts, ...(asked ? { strategy: asked } : {}) });
}
