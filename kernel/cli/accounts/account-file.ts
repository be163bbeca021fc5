/**
 * The accounts of a project, one folder each:
 *
 *   <home>/live/<name>/account.json    its stage, where its keys and limits are, what it trades
 *   <home>/live/<name>/...             what the daemon keeps: journal, snapshots, control
 */
import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fail } from "#core";
import { checkLimits, type Limits } from "#model";
import { writeAtomic } from "#storage";

/** `paper`: stored bars replayed on the embedded exchange. `live`: Binance, real money. */
export const STAGES = ["paper", "live"] as const;
export type Stage = (typeof STAGES)[number];

export interface AccountFile {
  readonly stage: Stage;
  /** The exchange's API key, mode 0600. Missing on paper before the first start. */
  readonly keyFile?: string;
  /** The operator's limits, JSON. */
  readonly limitsFile?: string;
  /** Where on loopback Prometheus finds /metrics. */
  readonly metricsPort?: number;
  /** Where series are stored, if not as in research: `name=source:symbol`. */
  readonly series?: readonly string[];
  /** What it trades; missing before the first start. */
  readonly trades?: {
    /** Folder of the bundle. */
    readonly bundle: string;
    readonly hash: string;
    readonly strategy: string;
    readonly currency: string;
    readonly capital: number;
    /** Milliseconds since the epoch. */
    readonly startedAt: number;
  };
}

export interface Account {
  readonly name: string;
  readonly folder: string;
  readonly file: AccountFile;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

export function accountFolder(home: string, name: string): string {
  if (!NAME.test(name)) {
    fail("cli.bad-option", {
      message: `"${name}" can't name an account: letters, digits, - and _, at most 64`,
      fields: { name },
    });
  }
  return join(home, "live", name);
}

/** The names of all accounts of a project, also of those whose file cannot be read. */
export async function accountNames(home: string): Promise<readonly string[]> {
  const names = await readdir(join(home, "live")).catch(() => [] as string[]);
  return names.filter((name) => NAME.test(name)).sort();
}

/**
 * All accounts of a project, by name. @param damaged is told of those whose file cannot be read: they must not hide
 * the others.
 */
export async function listAccounts(
  home: string,
  damaged: (name: string, error: unknown) => void = () => {},
): Promise<readonly Account[]> {
  const found = await Promise.all(
    (await accountNames(home)).map((name) =>
      readAccount(home, name).catch((error: unknown) => {
        damaged(name, error);
        return undefined;
      }),
    ),
  );
  return found.filter((account) => account !== undefined);
}

/** Undefined if there is no such account. Errors: `storage.damaged`. */
export function readAccount(home: string, name: string): Promise<Account | undefined> {
  return accountAt(accountFolder(home, name));
}

/** The account of a folder; undefined where a daemon was started by hand. Errors: `storage.damaged`. */
export async function accountAt(folder: string): Promise<Account | undefined> {
  const path = join(folder, "account.json");
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const file = JSON.parse(text) as AccountFile;
    if (STAGES.includes(file.stage)) return { name: basename(folder), folder, file };
  } catch {}
  return fail("storage.damaged", {
    message: `${path} does not describe an account`,
    hint: "Restore it from a copy, or move the folder away and add the account again.",
    fields: { path },
  });
}

export async function writeAccount(home: string, name: string, file: AccountFile): Promise<Account> {
  const folder = accountFolder(home, name);
  await writeAtomic(join(folder, "account.json"), `${JSON.stringify(file, null, 2)}\n`, { mode: 0o600 });
  return { name, folder, file };
}

/** The operator's limits of an account; none without a file. Errors: `cli.bad-option`, `model.bad-limits`. */
export async function readLimits(path: string | undefined): Promise<Limits> {
  if (path === undefined) return {};
  try {
    return checkLimits(JSON.parse(await readFile(path, "utf8")) as Limits);
  } catch (cause) {
    return fail("cli.bad-option", {
      message: `the limits in ${path} can't be used: ${(cause as Error).message}`,
      hint: 'For example: { "maxOrderNotional": 50000, "maxDailyLoss": 0.02 }',
      fields: { path },
      cause,
    });
  }
}

/** The value of `--metrics`; undefined for "off". Errors: `cli.bad-option`. */
export function metricsPort(text: string): number | undefined {
  if (text === "off") return undefined;
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  return fail("cli.bad-option", {
    message: `--metrics ${text}: a port from 1 to 65535, or off`,
    hint: "For example: --metrics 9464",
    fields: { text },
  });
}
