import type { Transform } from "node:stream";
import { createGunzip, createInflateRaw } from "node:zlib";
import { fail } from "#core";

const ZIP_HEADER = 30;
const STORED = 0;
const DEFLATED = 8;
const UNKNOWN_SIZE = 0xffffffff;
const CUT_SHORT = "Z_BUF_ERROR";

/**
 * The bytes of a file as it was before it was packed: gzip, a zip of one file, or plain. Which it is its first bytes say.
 * A packed file that ends too early gives all that it holds, and then an error (see {@link isCutShort}).
 * Errors: `data.bad-file` for a zip packed in another way.
 */
export async function* unpack(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const chunks = source[Symbol.asyncIterator]();
  try {
    let head = await moreThan(Buffer.alloc(0), 4, chunks);
    if (head.length >= 2 && head.readUInt16BE(0) === 0x1f8b) yield* through(createGunzip(), head, chunks);
    else if (head.length >= 4 && head.readUInt32BE(0) === 0x504b0304) {
      head = await moreThan(head, ZIP_HEADER, chunks);
      const method = head.length < ZIP_HEADER ? Number.NaN : head.readUInt16LE(8);
      const size = method === STORED ? head.readUInt32LE(18) : 0;
      if ((method !== STORED && method !== DEFLATED) || size === UNKNOWN_SIZE) refuseZip();
      const start = ZIP_HEADER + head.readUInt16LE(26) + head.readUInt16LE(28);
      head = await moreThan(head, start, chunks);
      if (method === DEFLATED) yield* through(createInflateRaw(), head.subarray(start), chunks);
      else yield* firstBytes(size, head.subarray(start), chunks);
    } else yield* joined(head, chunks);
  } finally {
    await chunks.return?.();
  }
}

/** True for the error of a packed file that lacks its end, as when a recorder was killed. */
export function isCutShort(error: unknown): boolean {
  return (error as NodeJS.ErrnoException | undefined)?.code === CUT_SHORT;
}

async function moreThan(head: Buffer, count: number, chunks: AsyncIterator<Uint8Array>): Promise<Buffer> {
  let joinedHead = head;
  while (joinedHead.length < count) {
    const { value, done } = await chunks.next();
    if (done) break;
    joinedHead = Buffer.concat([joinedHead, value]);
  }
  return joinedHead;
}

async function* joined(head: Buffer, chunks: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (head.length > 0) yield head;
  for (;;) {
    const { value, done } = await chunks.next();
    if (done) return;
    yield value;
  }
}

/** The `size` bytes of a file that stands in the zip as it is. */
async function* firstBytes(
  size: number,
  head: Buffer,
  chunks: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  let left = size;
  for await (const chunk of joined(head, chunks)) {
    if (left > 0) yield chunk.subarray(0, left);
    left -= chunk.length;
  }
  if (left > 0) throw Object.assign(new Error("unexpected end of file"), { code: CUT_SHORT });
}

/**
 * Unpacks chunk by chunk, and holds what one gave before the next goes in: an unpacker that fails at the end would take back what had
 * not been read from it.
 */
async function* through(
  unpacker: Transform,
  head: Buffer,
  chunks: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const ready: Buffer[] = [];
  let failure: unknown;
  // An unpacker that fails closes, and calls nobody back.
  let wake: () => void = () => undefined;
  unpacker.on("data", (chunk: Buffer) => ready.push(chunk));
  unpacker.on("error", (error) => {
    failure = error;
  });
  unpacker.on("close", () => wake());
  const wait = (start: (done: () => void) => void): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve;
      if (unpacker.closed) resolve();
      else start(resolve);
    });
  try {
    for await (const chunk of joined(head, chunks)) {
      await wait((done) => unpacker.write(chunk, () => done()));
      yield* ready.splice(0);
      if (failure) refuseDamaged(failure);
    }
    await wait((done) => unpacker.once("end", done).end());
    yield* ready.splice(0);
    if (failure) refuseDamaged(failure);
  } finally {
    unpacker.destroy();
  }
}

function refuseDamaged(cause: unknown): never {
  if (isCutShort(cause)) throw cause;
  fail("data.bad-file", {
    message: `the packed file is damaged: ${(cause as Error).message}`,
    hint: "What stood before the damage was read. Copy the file again from where it was recorded.",
    cause,
  });
}

function refuseZip(): never {
  fail("data.bad-file", {
    message: "the zip file is packed in another way than by deflate, or too large for it",
    hint: "Unpack it first, and give the file in it.",
  });
}
