/**
 * The bytes of an append-only log. All numbers are little endian.
 *
 *   header   "TBLOG" 0x00 | version u16 | first u64 | crc32 u32 of the 16 bytes before
 *   record   length u32 | crc32 u32 of the payload | payload, 1 byte to RECORD_BYTES_MAX
 *
 * `first` is the number of records that earlier files hold: the first record here has the sequence first + 1. An empty
 * payload is not allowed, so that zeros, which a loss of power may leave at the end of a file, are no records.
 */
import { fstatSync, readSync } from "node:fs";
import { crc32 } from "node:zlib";
import { fail } from "#core";

export const HEADER_BYTES = 20;
export const FRAME_BYTES = 8;
export const RECORD_BYTES_MAX = 2 ** 24;
const MAGIC = "TBLOG\0";
const VERSION = 1;
const CHUNK_BYTES = 2 ** 18;

export function headerBytes(first: number): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.write(MAGIC, "latin1");
  header.writeUInt16LE(VERSION, 6);
  header.writeBigUInt64LE(BigInt(first), 8);
  header.writeUInt32LE(crc32(header.subarray(0, 16)), 16);
  return header;
}

/** @returns `first`. Errors: `storage.damaged`, `storage.newer-log`. */
export function readHeader(file: number, path: string): number {
  const header = readBytes(file, 0, HEADER_BYTES);
  if (header.length < HEADER_BYTES || header.readUInt32LE(16) !== crc32(header.subarray(0, 16))) {
    return damaged(path, 0, "it does not begin as a log does");
  }
  if (header.toString("latin1", 0, 6) !== MAGIC) return damaged(path, 0, "it is not a log");
  const version = header.readUInt16LE(6);
  if (version !== VERSION) {
    fail("storage.newer-log", {
      message: `the log ${path} has format ${version}; this tickbook reads format ${VERSION}`,
      hint: "Update tickbook.",
      fields: { path, version },
    });
  }
  return Number(header.readBigUInt64LE(8));
}

export interface Frame {
  /** A view on more bytes than its own. */
  readonly payload: Buffer;
  /** Where the next record begins. */
  readonly end: number;
}

/**
 * The whole records of a log, as far as the file reaches now. What stands behind the last of them is a record that was
 * being written, or is torn. Errors: `storage.damaged`, if records follow one that is not whole.
 */
export function* readFrames(file: number, path: string): Generator<Frame, void> {
  const size = fstatSync(file).size;
  let bytes: Buffer = Buffer.alloc(0);
  let bytesAt = HEADER_BYTES;
  let at = HEADER_BYTES;
  while (at < size) {
    let payload = wholeFrame(bytes.subarray(at - bytesAt));
    for (const room of [CHUNK_BYTES, FRAME_BYTES + RECORD_BYTES_MAX]) {
      if (payload || bytesAt + bytes.length >= size) break;
      bytes = readBytes(file, at, Math.min(room, size - at));
      bytesAt = at;
      payload = wholeFrame(bytes);
    }
    if (!payload) {
      refuseUnlessTorn(file, path, at, size);
      return;
    }
    at += FRAME_BYTES + payload.length;
    yield { payload, end: at };
  }
}

/** The payload of the record that these bytes begin with; undefined unless it is all there and sound. */
function wholeFrame(bytes: Buffer): Buffer | undefined {
  if (bytes.length < FRAME_BYTES) return undefined;
  const length = bytes.readUInt32LE(0);
  if (length === 0 || length > bytes.length - FRAME_BYTES || length > RECORD_BYTES_MAX) return undefined;
  const payload = bytes.subarray(FRAME_BYTES, FRAME_BYTES + length);
  return crc32(payload) === bytes.readUInt32LE(4) ? payload : undefined;
}

/**
 * A torn record is the last thing in its file. If a sound record stands anywhere behind it, or more bytes than one
 * record can have, then it was whole once: its length may be what was changed, so the place of the next is not known
 * and every byte is tried.
 */
function refuseUnlessTorn(file: number, path: string, at: number, size: number): void {
  const claim = "the record that begins there is not what was written, and others follow";
  if (size - at > FRAME_BYTES + RECORD_BYTES_MAX) damaged(path, at, claim);
  const tail = readBytes(file, at, size - at);
  for (let from = 1; from < tail.length - FRAME_BYTES; from++) {
    if (wholeFrame(tail.subarray(from))) damaged(path, at, claim);
  }
}

/** Fewer than `length` only at the end of the file. */
function readBytes(file: number, at: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  let done = 0;
  while (done < length) {
    const read = readSync(file, bytes, done, length - done, at + done);
    if (read === 0) break;
    done += read;
  }
  return bytes.subarray(0, done);
}

function damaged(path: string, offset: number, problem: string): never {
  fail("storage.damaged", {
    message: `the log ${path} is damaged at byte ${offset}: ${problem}`,
    hint: "Keep the file as it is and restore it from a copy: what it records must not be guessed.",
    fields: { path, offset },
  });
}
