/**
 * The journal of one account: every record that its trading follows from, and when it was received.
 *
 *   <folder>/journal/<first sequence>.log   records: receipt time (float64, ms since the epoch), canonical text
 *
 * The receipt time stands apart from the text: it serves latency, and no trading follows from it.
 */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { decodeValue, encodeValue, fail, type Millis } from "#core";
import { type AppendLog, openAppendLog, readAppendLog } from "#storage";
import type { LiveInput } from "./core/input.ts";

const TIME_BYTES = 8;

export interface JournalRecord {
  readonly sequence: number;
  readonly received: Millis;
  readonly input: LiveInput;
}

export class Journal {
  readonly #log: AppendLog;
  readonly #encoder = new TextEncoder();

  /** @param folder of the account; made if it is missing. Errors: `storage.unwritable`, `storage.damaged`. */
  constructor(folder: string) {
    this.#log = openAppendLog(pathOf(folder));
  }

  get sequence(): number {
    return this.#log.sequence;
  }

  /** Bytes of a record that the last end left torn, and that were cut off. */
  get tornBytes(): number {
    return this.#log.tornBytes;
  }

  /** Survives the end of this process from now on. */
  append(input: LiveInput, received: Millis): void {
    const text = encodeValue(input, "record");
    const bytes = new Uint8Array(TIME_BYTES + 3 * text.length);
    new DataView(bytes.buffer).setFloat64(0, received, true);
    const { written } = this.#encoder.encodeInto(text, bytes.subarray(TIME_BYTES));
    this.#log.append(bytes.subarray(0, TIME_BYTES + written));
  }

  /** All records so far survive a loss of power. */
  sync(): void {
    this.#log.sync();
  }

  close(): void {
    this.#log.close();
  }
}

/**
 * The records of an account, oldest first; none for one that has not begun. @param after leaves out all up to this
 * sequence: months of them take minutes to read. Errors: `storage.damaged`.
 */
export function* readJournal(folder: string, after = 0): Generator<JournalRecord, void> {
  if (!existsSync(pathOf(folder))) return;
  for (const { sequence, payload } of readAppendLog(pathOf(folder))) {
    if (sequence <= after) continue;
    const received = new DataView(payload.buffer, payload.byteOffset).getFloat64(0, true);
    const text = new TextDecoder().decode(payload.subarray(TIME_BYTES));
    yield { sequence, received, input: decodeValue(text) as LiveInput };
  }
}

/** sha256 over the records without their receipt times: equal for two journals that say the same. */
export function journalHash(folder: string): string {
  const hash = createHash("sha256");
  for (const { payload } of readAppendLog(pathOf(folder)))
    hash.update(payload.subarray(TIME_BYTES)).update("\n");
  return hash.digest("hex");
}

/** Errors: `live.no-journal`. */
export function assertJournal(folder: string): void {
  if (existsSync(pathOf(folder))) return;
  fail("live.no-journal", {
    message: `${folder} holds no journal`,
    hint: "Give the folder that tickbook live was started with: --account <folder>.",
    fields: { folder },
  });
}

function pathOf(folder: string): string {
  return join(folder, "journal", "0000000001.log");
}
