import { createReadStream, type ReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { type Readable, Transform } from "node:stream";
import { crc32, createGunzip, createInflateRaw, type Gunzip, type InflateRaw } from "node:zlib";
import { fail } from "#core";

const CHUNK_BYTES = 1 << 18;
const ZIP_END_BYTES = 65_557;

/**
 * The UTF-8 text of a file in pieces: plain, gzip, or the one file in a zip archive, told apart by their first bytes.
 * Errors: `data.bad-file`.
 */
export async function* textChunks(path: string): AsyncGenerator<string> {
  let source: ReadStream | undefined;
  try {
    const head = await readAt(path, 0, 4);
    const isGzip = head[0] === 0x1f && head[1] === 0x8b;
    const range = head.readUInt32LE(0) === 0x04034b50 ? await zipEntry(path) : undefined;
    source = createReadStream(path, { highWaterMark: CHUNK_BYTES, ...range });
    const unpack = isGzip ? createGunzip() : range?.isDeflated ? createInflateRaw() : undefined;
    yield* texts(source, unpack, range && checksum(path, range.crc));
  } catch (error) {
    if ((error as { code?: unknown }).code === undefined) throw error;
    refuseUnreadable(path, error);
  } finally {
    source?.destroy();
  }
}

/** Compares the bytes that pass with the archive's checksum: deflate has none of its own, and gzip's unpacker looks itself. */
function checksum(path: string, expected: number): Transform {
  let crc = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      crc = crc32(chunk, crc);
      done(null, chunk);
    },
    flush(done) {
      done(
        crc === expected ? null : Object.assign(new Error(`${path} is damaged`), { code: "Z_DATA_ERROR" }),
      );
    },
  });
}

async function* texts(
  source: ReadStream,
  unpack: Gunzip | InflateRaw | undefined,
  check: Transform | undefined,
): AsyncGenerator<string> {
  let stream: Readable = source;
  if (unpack) {
    source.once("error", (error) => unpack.destroy(error));
    stream = source.pipe(unpack);
  }
  if (check) {
    stream.once("error", (error) => check.destroy(error));
    stream = stream.pipe(check);
  }
  stream.setEncoding("utf8");
  for await (const chunk of stream) yield chunk as string;
}

/** Where the bytes of the archive's only file stand. Format: PKWARE's APPNOTE, sections 4.3.7, 4.3.12 and 4.3.16. */
async function zipEntry(
  path: string,
): Promise<{ start: number; end: number; isDeflated: boolean; crc: number }> {
  const size = await fileSize(path);
  const tail = await readAt(path, Math.max(0, size - ZIP_END_BYTES), ZIP_END_BYTES);
  const at = tail.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]));
  const entries = at < 0 ? 0 : tail.readUInt16LE(at + 10);
  if (entries !== 1) {
    fail("data.bad-file", {
      message: `${path}: ${at < 0 ? "the archive is cut short" : `the archive holds ${entries} files`}`,
      hint: "Give an archive with one file, or unpack it.",
      fields: { path, entries },
    });
  }
  const entry = await readAt(path, tail.readUInt32LE(at + 16), 46);
  const method = entry.readUInt16LE(10);
  const bytes = entry.readUInt32LE(20);
  const local = entry.readUInt32LE(42);
  if ((method !== 0 && method !== 8) || bytes === 0xffffffff || local === 0xffffffff) {
    fail("data.bad-file", {
      message: `${path}: the archive is of a kind that is not read here (method ${method})`,
      hint: "Unpack it and import the file in it.",
      fields: { path, method },
    });
  }
  const header = await readAt(path, local, 30);
  const start = local + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  return { start, end: start + bytes - 1, isDeflated: method === 8, crc: entry.readUInt32LE(16) };
}

async function fileSize(path: string): Promise<number> {
  const handle = await open(path, "r");
  try {
    return (await handle.stat()).size;
  } finally {
    await handle.close();
  }
}

/** Bytes from `position` on, as many as there are; at least four, so that marks can be compared. */
async function readAt(path: string, position: number, length: number): Promise<Buffer> {
  const handle = await open(path, "r");
  try {
    const buffer = Buffer.alloc(Math.max(4, length));
    const { bytesRead } = await handle.read(buffer, 0, length, position);
    return bytesRead < 4 ? buffer : buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** Stops because a file can't be opened or read. */
export function refuseUnreadable(path: string, error: unknown): never {
  const code = (error as NodeJS.ErrnoException).code;
  const what = {
    ENOENT: "there is no such file",
    EISDIR: "it is a folder",
    EACCES: "reading it is not permitted",
    Z_BUF_ERROR: "the compressed file is cut short",
    Z_DATA_ERROR: "the packed file is damaged",
    ERR_OUT_OF_RANGE: "the archive is cut short",
  };
  fail("data.bad-file", {
    message: `${path} can't be read: ${what[code as keyof typeof what] ?? (error as Error).message}`,
    hint: String(code).startsWith("Z_") ? "Get the file again." : "Give the path of one data file.",
    fields: { path },
    cause: error,
  });
}
