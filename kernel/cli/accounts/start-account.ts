import { mkdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fail, isTickbookError } from "#core";
import { type Bundle, readBundle, readSigningKey } from "#exports";
import { askStatus, command, type LiveStatus, readControlAddress } from "#live";
import { type FolderLock, lockFolder } from "#storage";
import {
  type Account,
  type AccountFile,
  accountAt,
  accountFolder,
  readAccount,
  type Stage,
  writeAccount,
} from "./account-file.ts";
import { startInBackground, untilGone } from "./background.ts";
import {
  type PaperExchange,
  paperKeyFile,
  runningPaperExchange,
  startPaperExchange,
  stopPaperExchange,
} from "./paper-exchange.ts";

const READY_MS = 60_000;
const STOP_MS = 20_000;
/** How long another start of the same account may take. */
const LOCK_MS = 2 * READY_MS;

export interface StartRequest {
  readonly home: string;
  readonly account: string;
  readonly stage: Stage;
  /** Folder of the bundle. */
  readonly bundle: string;
  /** In the account's currency. Default: the bundle's. */
  readonly capital?: number;
  /** Paper: replay time over wall time. */
  readonly speed?: number;
  /** What is kept in the account's file from now on. */
  readonly changes?: AccountChanges;
}

/** Undefined takes a word back. */
export interface AccountChanges {
  readonly metricsPort?: number | undefined;
  readonly series?: readonly string[] | undefined;
}

export type StartStep = "exchange" | "daemon" | "warm-up";

export interface Started {
  readonly account: Account;
  readonly status: LiveStatus;
  readonly warmupBars: number;
  /** Hash of the bundle that traded on this account before. */
  readonly replaced?: string;
}

/**
 * Starts trading a bundle on an account, in processes that go on when this one ends; paper accounts get the embedded
 * exchange. @param signal ends it: then what was started is ended too. Errors: `live.no-account`,
 * `live.account-taken`, `cli.child-ended` with the daemon's own words, `cli.interrupted`.
 */
export async function startAccount(
  request: StartRequest,
  onStep: (step: StartStep, state: "running" | "passed") => void = () => {},
  signal?: AbortSignal,
): Promise<Started> {
  const lock = await lockAccount(accountFolder(request.home, request.account), LOCK_MS);
  try {
    return await startLocked(request, onStep, signal);
  } finally {
    lock.release();
  }
}

async function startLocked(
  request: StartRequest,
  onStep: (step: StartStep, state: "running" | "passed") => void,
  signal: AbortSignal | undefined,
): Promise<Started> {
  const { home, account: name, stage, speed, changes = {} } = request;
  const bundle = await readBundle(request.bundle);
  const { manifest } = bundle;
  const capital = request.capital ?? manifest.account.capital;
  const before = await readAccount(home, name);
  assertStage(before, request);
  const isSame = before?.file.trades?.hash === bundle.hash && before.file.trades.capital === capital;
  const replaced = before?.file.trades && !isSame ? before.file.trades.hash : undefined;
  if (before) await makeRoom(before, home, isSame);
  // What is undefined is not written.
  const file = {
    ...before?.file,
    ...changes,
    stage,
    trades: {
      bundle: request.bundle,
      hash: bundle.hash,
      strategy: manifest.name,
      currency: manifest.account.currency,
      capital,
      startedAt: Date.now(),
    },
  } as AccountFile;
  const account = await writeAccount(home, name, file);
  let exchange: PaperExchange | undefined;
  if (stage === "paper") {
    onStep("exchange", "running");
    const terms = { home, manifest, capital, ...(speed === undefined ? {} : { speed }) };
    exchange =
      (await runningPaperExchange(account.folder)) ??
      (await startPaperExchange(account.folder, terms, signal));
    onStep("exchange", "passed");
  }
  try {
    const status = await startDaemonProcess(
      account,
      await trustedKey(home, bundle),
      exchange,
      onStep,
      signal,
    );
    return { account, status, warmupBars: manifest.warmupBars, ...(replaced ? { replaced } : {}) };
  } catch (error) {
    // Nothing trades on it: an exchange left behind would be in nobody's sight.
    if (exchange) await stopPaperExchange(account.folder);
    throw error;
  }
}

/**
 * Ends the daemon of a folder, and the embedded exchange of a paper account; that one also where no daemon answers.
 * Errors: `live.not-running`.
 */
export async function stopAccount(folder: string): Promise<void> {
  try {
    await stopDaemon(folder);
  } finally {
    const account = await accountAt(folder).catch(() => undefined);
    if (account?.file.stage === "paper") await clearPaper(folder);
  }
}

/** A start that is under way does this itself, when it notices that its daemon ended. */
async function clearPaper(folder: string): Promise<void> {
  const lock = await lockAccount(folder, STOP_MS).catch(() => undefined);
  if (!lock) return;
  try {
    await stopPaperExchange(folder);
    // Nobody has the folder: its daemon was killed, and nothing is left that it could trade on.
    lockFolder(folder).release();
    await rm(join(folder, "control.json"), { force: true });
  } catch {
    // A daemon that hangs still has it.
  } finally {
    lock.release();
  }
}

/**
 * Starts and stops of one account, one after the other. The lock stands beside the folder, which a start may move away.
 * Errors: `storage.locked` after `patienceMs`.
 */
async function lockAccount(folder: string, patienceMs: number): Promise<FolderLock> {
  const place = join(dirname(folder), ".starting", basename(folder));
  for (const until = Date.now() + patienceMs; ; await pause(100)) {
    try {
      return lockFolder(place);
    } catch (error) {
      if (!isTickbookError(error) || error.code !== "storage.locked" || Date.now() > until) throw error;
    }
  }
}

async function endTrading(folder: string): Promise<void> {
  await stopDaemon(folder);
  await stopPaperExchange(folder);
}

function assertStage(before: Account | undefined, { account, stage }: StartRequest): void {
  if (before && before.file.stage !== stage) {
    fail("live.account-taken", {
      message: `the account "${account}" is for stage ${before.file.stage}, not ${stage}`,
      hint: "Give another account.",
      fields: { account, stage },
    });
  }
  if (stage === "live" && before?.file.keyFile === undefined) {
    fail("live.no-account", {
      message: `there is no account "${account}" with an exchange's key`,
      hint: `Add it: tickbook live account ${account} --key-file <file> --limits <file>`,
      fields: { account },
    });
  }
}

/** Stops what trades on the account now. Paper begins anew with another bundle; an account with real money does not. */
async function makeRoom(account: Account, home: string, isSame: boolean): Promise<void> {
  const { folder, file, name } = account;
  const running = await askStatus(folder).catch(() => undefined);
  if (running && isSame) {
    fail("live.account-taken", {
      message: `"${name}" trades this very bundle already`,
      hint: `See it: tickbook live status --account ${folder}`,
      fields: { account: name },
    });
  }
  if (file.stage !== "paper") {
    if (isSame || file.trades === undefined) return;
    fail("live.account-taken", {
      message: `the account "${name}" has the journal of bundle ${file.trades.hash.slice(0, 8)}`,
      hint: "One account folder trades one bundle: flatten and stop it, and add another account for the new one.",
      fields: { account: name },
    });
  }
  if (running) await endTrading(folder);
  if (isSame && (await runningPaperExchange(folder))) return;
  await stopPaperExchange(folder);
  // Its exchange is gone, and with it the account that the journal tells of.
  const ended = join(home, "live", ".ended");
  await mkdir(ended, { recursive: true });
  await rename(folder, join(ended, `${name}-${Date.now()}`));
}

/** Told, it answers no more before it has ended: what it keeps is written then. */
async function stopDaemon(folder: string): Promise<void> {
  const address = await readControlAddress(folder).catch(() => undefined);
  await command(folder, "stop");
  const until = Date.now() + STOP_MS;
  while (Date.now() < until && (await askStatus(folder).catch(() => undefined))) await pause(50);
  if (address) await untilGone(address.pid, STOP_MS);
}

/** The account's own project signed it; what somebody else signed is trusted by hand. */
async function trustedKey(home: string, { fingerprint }: Bundle): Promise<string[]> {
  const own = await readSigningKey(home);
  return own?.fingerprint === fingerprint ? ["--trust", fingerprint] : [];
}

async function startDaemonProcess(
  { folder, file }: Account,
  trust: readonly string[],
  exchange: PaperExchange | undefined,
  onStep: (step: StartStep, state: "running" | "passed") => void,
  signal: AbortSignal | undefined,
): Promise<LiveStatus> {
  const { trades, limitsFile, metricsPort, series = [] } = file;
  const { features } = (await readBundle(trades!.bundle)).manifest;
  onStep("daemon", "running");
  const daemon = await startInBackground(
    [
      ...["live", trades!.bundle, "--account", folder, "--capital", String(trades!.capital), ...trust],
      ...(exchange
        ? [
            "--origin",
            exchange.origin,
            "--bus",
            exchange.bus,
            "--key-file",
            paperKeyFile(folder),
            "--clock",
            "venue",
          ]
        : ["--key-file", file.keyFile!, "--clock", "wall"]),
      ...(features.series ? ["--data", dirname(dirname(folder))] : []),
      ...(features.series && series.length > 0 ? ["--series", ...series] : []),
      ...(limitsFile === undefined ? [] : ["--limits", limitsFile]),
      ...(metricsPort === undefined ? [] : ["--metrics", String(metricsPort)]),
    ],
    join(folder, "daemon.log"),
    signal,
  );
  const ask = () => askStatus(folder).catch(() => undefined);
  try {
    await daemon.untilReady(ask, READY_MS);
    onStep("daemon", "passed");
    onStep("warm-up", "running");
    const status = await daemon.untilReady(async () => {
      const found = await ask();
      return found && found.state !== "joining" ? found : undefined;
    }, READY_MS);
    onStep("warm-up", "passed");
    return status;
  } catch (error) {
    // Whoever is told that it did not start must not find it trading later.
    await daemon.end();
    throw error;
  }
}

/** Starts an account again with what it traded. Errors: `live.no-account`, those of {@link startAccount}. */
export async function restartAccount(
  home: string,
  name: string,
  changes: AccountChanges,
  signal?: AbortSignal,
): Promise<Started> {
  const account = await readAccount(home, name);
  const { trades, stage } = account?.file ?? {};
  if (!trades || !stage) {
    return fail("live.no-account", {
      message: `no account "${name}" in ${accountFolder(home, name)} has traded yet`,
      hint: "tickbook live ls shows those that have.",
      fields: { account: name },
    });
  }
  const again = { home, account: name, stage, bundle: trades.bundle, capital: trades.capital, changes };
  return startAccount(again, undefined, signal);
}
