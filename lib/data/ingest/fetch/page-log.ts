/**
 * Rows that came in and are not in the store yet, in a file that only grows: a process that is killed loses the piece it
 * was writing.
 *
 *   <folder>/pending.log   what comes in
 *   <folder>/storing.log   what is on its way into the store; what comes in meanwhile goes into a new pending.log
 *
 * One record a piece:
 *
 *   uint32   length of the JSON text
 *   JSON     {"rows": n, "names": [...], "span": [from, to]}
 *   float64  n values of each column, little endian
 */
import { existsSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type AppendLog, openAppendLog, readAppendLog } from "#storage";
import type { Span } from "./spans.ts";

const PENDING = "pending.log";
const STORING = "storing.log";
/** Below the largest record of a log, with room for the text. */
const PIECE_BYTES_MAX = 2 ** 23;

export interface Piece {
  readonly rows: number;
  readonly columns: Readonly<Record<string, Float64Array>>;
  /** What the piece is all of, where that is known. */
  readonly span?: Span;
}

export interface PageLog {
  /** Rows that came in since the last drain. */
  readonly rows: number;
  /** Keeps a piece; it survives the end of the process. Errors: `storage.unwritable`. */
  append(piece: Piece): void;
  /**
   * Hands over all that waits, and forgets it when that has succeeded; pieces may come in meanwhile. Is there nothing,
   * `work` is not called. Errors: `storage.damaged`, those of `work`, after which the pieces still wait.
   */
  drain(work: (pieces: Piece[]) => Promise<void>): Promise<void>;
  /** Forgets all that waits. */
  clear(): void;
  close(): void;
}

/** Opens the log in a folder that this process has locked. */
export function openPageLog(folder: string): PageLog {
  const pending = join(folder, PENDING);
  const storing = join(folder, STORING);
  // Opening cuts off what a killed process left torn.
  let log: AppendLog | undefined = existsSync(pending) ? openAppendLog(pending) : undefined;
  let rows = 0;
  const handOver = async (work: (pieces: Piece[]) => Promise<void>) => {
    if (!existsSync(storing)) return;
    const pieces = [...readAppendLog(storing)].map(({ payload }) => decode(payload));
    if (pieces.length > 0) await work(pieces);
    rmSync(storing);
  };
  const close = () => {
    log?.close();
    log = undefined;
  };
  return {
    get rows() {
      return rows;
    },
    append(piece) {
      log ??= openAppendLog(pending);
      for (const part of split(piece)) log.append(encode(part));
      rows += piece.rows;
    },
    async drain(work) {
      await handOver(work);
      if (!existsSync(pending)) return;
      close();
      renameSync(pending, storing);
      rows = 0;
      await handOver(work);
    },
    clear() {
      close();
      rmSync(pending, { force: true });
      rmSync(storing, { force: true });
      rows = 0;
    },
    close,
  };
}

/** Pieces that fit into a record. The span comes with the last: before it is there, the piece is not whole. */
function* split(piece: Piece): Generator<Piece> {
  const names = Object.keys(piece.columns);
  const most = Math.max(1, Math.floor(PIECE_BYTES_MAX / 8 / Math.max(1, names.length)));
  for (let start = 0; start === 0 || start < piece.rows; start += most) {
    const end = Math.min(piece.rows, start + most);
    const columns = Object.fromEntries(
      names.map((name) => [name, piece.columns[name]!.subarray(start, end)]),
    );
    yield { rows: end - start, columns, ...(end === piece.rows && piece.span ? { span: piece.span } : {}) };
  }
}

function encode({ rows, columns, span }: Piece): Uint8Array {
  const names = Object.keys(columns);
  const head = Buffer.from(JSON.stringify({ rows, names, span }));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(head.length);
  const values = names.map((name) => {
    const { buffer, byteOffset, byteLength } = columns[name]!;
    return new Uint8Array(buffer, byteOffset, byteLength);
  });
  return Buffer.concat([length, head, ...values]);
}

function decode(payload: Uint8Array): Piece {
  const bytes = Buffer.from(payload);
  const start = 4 + bytes.readUInt32LE(0);
  const { rows, names, span } = JSON.parse(bytes.toString("utf8", 4, start)) as {
    rows: number;
    names: string[];
    span?: Span;
  };
  const columns = Object.fromEntries(
    names.map((name, k) => {
      const from = start + k * rows * 8;
      // A view would need an address that eight divides.
      return [name, new Float64Array(Uint8Array.from(bytes.subarray(from, from + rows * 8)).buffer)];
    }),
  );
  return { rows, columns, ...(span ? { span } : {}) };
}
