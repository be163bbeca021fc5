import {
  closeSync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { crc32 } from "node:zlib";
import { assert, fail } from "#core";
import {
  FRAME_BYTES,
  HEADER_BYTES,
  headerBytes,
  RECORD_BYTES_MAX,
  readFrames,
  readHeader,
} from "./append-log-frames.ts";
import { makeFolderSync, syncFolderSync } from "./folder.ts";

/** Larger records are rare, and get a buffer of their own. */
const BUFFER_BYTES = 2 ** 16;

/**
 * An append-only file of records. Synchronous on purpose: whoever sends an order must know that its record is written.
 * One process writes a log at a time.
 */
export interface AppendLog {
  readonly path: string;
  /** Of the last record: `first` plus the records in this file. */
  readonly sequence: number;
  /** Length of the torn record that opening cut off; 0 if there was none. */
  readonly tornBytes: number;
  /**
   * Writes a record, which then survives the end of the process but not a loss of power. On an error the file ends
   * with the last whole record. @param payload 1 byte to 16 MiB. @returns its sequence.
   * Errors: `storage.unwritable`.
   */
  append(payload: Uint8Array): number;
  /**
   * Makes all records so far survive a loss of power. After an error nothing more is written: what a disk did not
   * take once is not known to be there later. Errors: `storage.unwritable`.
   */
  sync(): void;
  /** Closing again does nothing. */
  close(): void;
}

export interface AppendLogOptions {
  /** Records in the files before this one, for a new file; a file that exists knows its own. Default 0. */
  readonly first?: number;
}

/**
 * Opens a log to go on writing, or makes it, durably and with missing folders. A record that a crash left torn at the
 * end is cut off. Errors: `storage.damaged` with the offset, `storage.newer-log`, `storage.unwritable`.
 */
export function openAppendLog(path: string, options: AppendLogOptions = {}): AppendLog {
  return new FileLog(path, options.first ?? 0);
}

/**
 * The records of a log, in order. Another process may be appending: what is not whole yet at the end is left out.
 * Errors: `storage.missing`, `storage.damaged` with the offset, `storage.newer-log`.
 */
export function* readAppendLog(path: string): Generator<{ sequence: number; payload: Uint8Array }, void> {
  const file = openToRead(path);
  try {
    let sequence = readHeader(file, path);
    for (const { payload } of readFrames(file, path))
      yield { sequence: ++sequence, payload: Uint8Array.from(payload) };
  } finally {
    closeSync(file);
  }
}

class FileLog implements AppendLog {
  readonly path: string;
  readonly tornBytes: number;
  private readonly file: number;
  private readonly buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  private records: number;
  /** Where the next record goes. */
  private end = HEADER_BYTES;
  private state: "open" | "broken" | "closed" = "open";

  constructor(path: string, first: number) {
    this.path = path;
    this.file = openOrMake(path, first);
    try {
      this.records = readHeader(this.file, path);
      for (const { end } of readFrames(this.file, path)) {
        this.records++;
        this.end = end;
      }
      this.tornBytes = this.cutTail();
    } catch (error) {
      closeSync(this.file);
      throw error;
    }
  }

  get sequence(): number {
    return this.records;
  }

  append(payload: Uint8Array): number {
    const { length } = payload;
    assert(
      length > 0 && length <= RECORD_BYTES_MAX,
      `a record has 1 to ${RECORD_BYTES_MAX} bytes, not ${length}`,
    );
    this.refuseUnlessOpen();
    const bytes = FRAME_BYTES + length;
    const frame = bytes <= BUFFER_BYTES ? this.buffer : Buffer.allocUnsafe(bytes);
    frame.writeUInt32LE(length, 0);
    frame.writeUInt32LE(crc32(payload), 4);
    frame.set(payload, FRAME_BYTES);
    try {
      writeFully(this.file, frame, bytes, this.end);
    } catch (cause) {
      this.dropPart();
      return unwritable(this.path, cause);
    }
    this.end += bytes;
    return ++this.records;
  }

  sync(): void {
    this.refuseUnlessOpen();
    try {
      fdatasyncSync(this.file);
    } catch (cause) {
      this.state = "broken";
      unwritable(this.path, cause);
    }
  }

  close(): void {
    if (this.state !== "closed") closeSync(this.file);
    this.state = "closed";
  }

  private refuseUnlessOpen(): void {
    assert(this.state !== "closed", `the log ${this.path} is open`);
    if (this.state === "broken") unwritable(this.path, new Error("an earlier error left it unfinished"));
  }

  /** @returns how many bytes stood behind the last whole record. */
  private cutTail(): number {
    const torn = fstatSync(this.file).size - this.end;
    if (torn === 0) return 0;
    try {
      ftruncateSync(this.file, this.end);
      fsyncSync(this.file);
    } catch (cause) {
      unwritable(this.path, cause);
    }
    return torn;
  }

  /** After a write that failed half way. */
  private dropPart(): void {
    try {
      ftruncateSync(this.file, this.end);
    } catch {
      this.state = "broken";
    }
  }
}

function openToRead(path: string): number {
  try {
    return openSync(path, "r");
  } catch (cause) {
    return fail("storage.missing", {
      message: `the log ${path} cannot be read: ${(cause as Error).message}`,
      hint: "Check the path, and that you may read the file.",
      fields: { path },
      cause,
    });
  }
}

/** A new file gets its name when its header is on the disk: there is no log without a header. */
function openOrMake(path: string, first: number): number {
  assert(
    Number.isSafeInteger(first) && first >= 0,
    `a log starts after a whole number of records, not ${first}`,
  );
  try {
    return openSync(path, "r+");
  } catch (cause) {
    if ((cause as { code?: unknown }).code !== "ENOENT") return unwritable(path, cause);
  }
  const temporary = `${path}.tmp`;
  let file: number | undefined;
  try {
    makeFolderSync(dirname(path));
    file = openSync(temporary, "w+");
    writeFully(file, headerBytes(first), HEADER_BYTES, 0);
    fsyncSync(file);
    renameSync(temporary, path);
    syncFolderSync(dirname(path));
    return file;
  } catch (cause) {
    if (file !== undefined) closeSync(file);
    rmSync(temporary, { force: true });
    return unwritable(path, cause);
  }
}

/** One call writes all, unless the disk is full or a signal comes in between. */
function writeFully(file: number, bytes: Uint8Array, length: number, at: number): void {
  let done = 0;
  while (done < length) done += writeSync(file, bytes, done, length - done, at + done);
}

function unwritable(path: string, cause: unknown): never {
  fail("storage.unwritable", {
    message: `the log ${path} cannot be written: ${(cause as Error).message}`,
    hint: "Check that the disk has room and works, then start again: what was written before is kept.",
    fields: { path },
    cause,
  });
}
