/** Arrow IPC files and streams (Feather version 2), plain, LZ4, or zstd where Node has it; one record batch at a time. */
import { type FileHandle, open } from "node:fs/promises";
import zlib from "node:zlib";
import { fail, isTickbookError } from "#core";
import { refuseUnreadable } from "../open-text.ts";
import { type ArrowField, type ArrowType, Flatbuffer, readFields } from "./arrow-format.ts";
import { type ArrowBuffers, arrowValues } from "./arrow-values.ts";
import { decodeLz4Frame } from "./lz4.ts";
import type { RawBatch, RawColumn, RawTable } from "./raw-table.ts";

const MAGIC = "ARROW1";
/** A file begins with its mark, filled up to eight bytes; then it is the same as a stream. */
const FILE_HEAD_BYTES = 8;
const METADATA_MAX = 1 << 26;
const [SCHEMA, DICTIONARY, RECORD_BATCH] = [1, 2, 3];

/** Opens an Arrow IPC file or stream. Errors: `data.bad-file`. */
export async function openArrow(path: string): Promise<RawTable> {
  const file = await open(path, "r").catch((error: unknown) => refuseUnreadable(path, error));
  try {
    if (!(await file.stat()).isFile()) refuseUnreadable(path, { code: "EISDIR" });
    const head = await readBytes(file, 0, FILE_HEAD_BYTES);
    const start = new TextDecoder().decode(head.subarray(0, 6)) === MAGIC ? FILE_HEAD_BYTES : 0;
    const messages = readMessages(file, start);
    const { value: first } = await messages.next();
    if (first?.type !== SCHEMA) throw new Error("it does not begin with a schema");
    const fields = readFields(first.buffer, first.header);
    return {
      path,
      columns: fields.map(({ name, type }) => ({
        name,
        kind: columnKind(type),
      })),
      read: (places) => readBatches(path, file, fields, messages, places),
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    return refuseArrow(path, error);
  }
}

function columnKind(type: ArrowType | null | undefined): RawColumn["kind"] {
  if (type?.kind === "moment") return type.isZoned ? "instant" : "moment";
  return type?.kind === "text" ? "text" : "number";
}

async function* readBatches(
  path: string,
  file: FileHandle,
  fields: readonly ArrowField[],
  messages: AsyncGenerator<Message>,
  places: readonly number[],
): AsyncGenerator<RawBatch> {
  const types = places.map((place) => {
    const { name, type } = fields[place]!;
    return type ?? refuseColumn(path, name);
  });
  let row = 0;
  try {
    for await (const { type, buffer, header, body } of messages) {
      // Only dictionary columns use dictionaries, and those are refused.
      if (type === DICTIONARY) continue;
      if (type !== RECORD_BATCH) throw new Error(`it has a message of kind ${type}`);
      const start = row;
      const length = buffer.long(header, 0);
      const cells: ArrayLike<string | number>[] = [];
      for (const [k, place] of places.entries()) {
        cells.push(
          arrowValues(types[k]!, await readColumn(file, { buffer, header, body }, fields, place, length)),
        );
      }
      row += length;
      yield { length, cells, place: (i) => `row ${start + i + 1}` };
    }
  } catch (error) {
    refuseArrow(path, error);
  }
}

interface Message {
  readonly type: number;
  readonly buffer: Flatbuffer;
  /** The message's own table in `buffer`. */
  readonly header: number;
  /** Where its body begins in the file. */
  readonly body: number;
}

async function* readMessages(file: FileHandle, start: number): AsyncGenerator<Message> {
  const { size } = await file.stat();
  for (let at = start; at + 4 <= size; ) {
    const head = await readBytes(file, at, Math.min(8, size - at));
    const isMarked = head.readInt32LE(0) === -1;
    const bytes = isMarked ? head.readInt32LE(4) : head.readInt32LE(0);
    if (bytes === 0) return;
    if (bytes < 0 || bytes > METADATA_MAX) throw new Error(`it has no message at byte ${at}`);
    const from = at + (isMarked ? 8 : 4);
    const buffer = new Flatbuffer(await readBytes(file, from, bytes));
    const message = buffer.root();
    const body = from + bytes;
    yield { type: buffer.byte(message, 1), buffer, header: buffer.target(message, 2), body };
    at = body + buffer.long(message, 3);
  }
  throw new Error("it is cut short: its end mark is missing");
}

async function readColumn(
  file: FileHandle,
  { buffer, header, body }: Omit<Message, "type">,
  fields: readonly ArrowField[],
  place: number,
  length: number,
): Promise<ArrowBuffers> {
  const before = fields.slice(0, place);
  const nodes = buffer.items(header, 1, 16);
  const node = nodes[before.reduce((sum, field) => sum + field.nodes, 0)]!;
  const missing = buffer.longAt(node + 8);
  if (buffer.longAt(node) !== length)
    throw new Error(`the column "${fields[place]!.name}" is not of the batch's length`);
  const regions = buffer.items(header, 2, 16);
  const first = before.reduce((sum, field) => sum + field.buffers, 0);
  const compression = buffer.target(header, 3);
  const codec = compression ? (buffer.byte(compression, 0) === 0 ? "lz4" : "zstd") : undefined;
  const part = async (k: number) => {
    const region = regions[first + k];
    if (region === undefined) throw new Error("a buffer is missing");
    const bytes = await readBytes(file, body + buffer.longAt(region), buffer.longAt(region + 8));
    return codec && bytes.length > 0 ? unpack(codec, bytes) : bytes;
  };
  const validity = missing > 0 ? await part(0) : undefined;
  const data = await part(1);
  return fields[place]!.type?.kind === "text"
    ? { length, validity, data, text: await part(2) }
    : { length, validity, data };
}

/** A packed buffer: its true length in 64 bits, -1 for one that is not packed, then the bytes. */
function unpack(codec: "lz4" | "zstd", bytes: Buffer): Uint8Array {
  const size = Number(bytes.readBigInt64LE(0));
  const packed = bytes.subarray(8);
  if (size === -1) return packed;
  if (codec === "lz4") return decodeLz4Frame(packed, size);
  const { zstdDecompressSync } = zlib as { zstdDecompressSync?: (bytes: Uint8Array) => Buffer };
  if (!zstdDecompressSync) {
    throw new Error(
      `it is packed with zstd, which Node ${process.versions.node} can't unpack: pack it with lz4`,
    );
  }
  return zstdDecompressSync(packed);
}

async function readBytes(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { size } = await file.stat();
  if (length < 0 || position + length > size) throw new Error("it is cut short");
  const buffer = Buffer.alloc(length);
  await file.read(buffer, 0, length, position);
  return buffer;
}

function refuseColumn(path: string, name: string): never {
  fail("data.bad-file", {
    message: `${path}: the column "${name}" is of a type that holds neither numbers nor times nor plain texts`,
    hint: "Store it as float64, an integer, a timestamp or utf8.",
    fields: { path, column: name },
  });
}

function refuseArrow(path: string, error: unknown): never {
  if (isTickbookError(error)) throw error;
  fail("data.bad-file", {
    message: `${path} can't be read as Arrow: ${(error as Error).message.split("\n")[0]}`,
    hint: "The file is damaged, cut short or of another format.",
    fields: { path },
    cause: error,
  });
}
