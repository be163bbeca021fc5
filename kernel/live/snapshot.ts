/**
 * What a restart begins from instead of the journal's first record.
 *
 *   <folder>/snapshot/<sequence>   sha256 of the text, a line end, the text (canonical)
 *
 * Written to a temporary file, synced, renamed; the last two are kept, so that one which turns out damaged is no loss.
 */
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { decodeValue, encodeValue } from "#core";
import { sha256, writeAtomic } from "#storage";
import type { CoreSnapshot } from "./core/trading-core.ts";
import type { StrategySnapshot } from "./strategy/types.ts";

const FORMAT = 1;
const KEPT = 2;
const DIGITS = 10;

export interface LiveSnapshot {
  readonly format: typeof FORMAT;
  /** Of the last record that it covers. */
  readonly sequence: number;
  readonly bundle: string;
  readonly core: CoreSnapshot;
  /** Missing once the strategy was stopped. */
  readonly strategy?: StrategySnapshot;
}

/** Errors: `storage.unwritable`. */
export async function writeSnapshot(folder: string, snapshot: Omit<LiveSnapshot, "format">): Promise<void> {
  const place = join(folder, "snapshot");
  const text = encodeValue({ format: FORMAT, ...snapshot }, "snapshot");
  const name = String(snapshot.sequence).padStart(DIGITS, "0");
  await writeAtomic(join(place, name), `${sha256(text)}\n${text}`);
  for (const old of (await snapshotNames(place)).slice(KEPT)) await rm(join(place, old), { force: true });
}

/** The newest one that is whole, of this bundle, and not ahead of the journal; undefined if there is none. */
export async function readSnapshot(
  folder: string,
  bundle: string,
  journalEnd: number,
): Promise<LiveSnapshot | undefined> {
  const place = join(folder, "snapshot");
  for (const name of await snapshotNames(place)) {
    const [hash, text] = (await readFile(join(place, name), "utf8")).split("\n", 2);
    if (text === undefined || sha256(text) !== hash) continue;
    const snapshot = decodeValue(text) as LiveSnapshot;
    if (snapshot.format === FORMAT && snapshot.bundle === bundle && snapshot.sequence <= journalEnd)
      return snapshot;
  }
  return undefined;
}

/** Newest first. */
async function snapshotNames(place: string): Promise<string[]> {
  const names = await readdir(place).catch(() => [] as string[]);
  return names
    .filter((name) => /^\d{10}$/.test(name))
    .sort()
    .reverse();
}
