/**
 * Raw exchange messages, as recorders write them line by line, into the tables of the model. Bytes are scanned where they lie;
 * a line of an unusual shape is parsed as JSON. Nothing of a stream is kept but the rows of unfinished batches.
 */
import { fail, type Millis, timeText } from "#core";
import { Message } from "./message.ts";
import { parseMessage } from "./parse-message.ts";
import { type LineHead, readLineHead } from "./received.ts";
import { Scanner } from "./scan-message.ts";
import { type CaptureBatch, CaptureTables } from "./tables.ts";
import { isCutShort, unpack } from "./unpack.ts";
import { addRows } from "./venues.ts";

/** A snapshot of a deep book has some megabytes; a longer line is no message. */
const LINE_MAX = 32 << 20;
const DAMAGED_SHOWN = 100;
const NEWLINE = 0x0a;

export interface CaptureOptions {
  /** Our symbol for the venue's: "BTC/USDT" for "BTCUSDT". Default: the venue's own. */
  readonly symbolOf?: (raw: string) => string;
  /** Symbol of messages that name none (Binance's REST depth of spot). Default: the only symbol of the capture so far. */
  readonly symbol?: string;
  /** Stop at the first damaged line. Default false: it is counted and shown in the report. */
  readonly strict?: boolean;
  /** A table is handed out when it has so many rows. Default 32768. */
  readonly rowsPerBatch?: number;
}

/** A line that holds no message that could be read. */
export interface DamagedLine {
  /** From 1. */
  readonly line: number;
  readonly reason: string;
  /** Its beginning. */
  readonly text: string;
  readonly received: Millis;
}

export interface CaptureReport {
  readonly lines: number;
  /** Lines that became rows. */
  readonly messages: number;
  /** Whole messages of kinds that have no table, and lines that recorders write beside messages. */
  readonly ignored: number;
  readonly damagedCount: number;
  /** The first hundred. */
  readonly damaged: readonly DamagedLine[];
  /** Messages that needed JSON.parse. */
  readonly parsed: number;
  /** The packed file lacks its end: what it held up to there was read. */
  readonly isCutShort: boolean;
}

export interface CaptureDecoding extends AsyncIterable<CaptureBatch> {
  /** As of now; whole once the iteration has ended. */
  report(): CaptureReport;
}

/**
 * @param source bytes of a capture: plain, gzip, or a zip of one file.
 * Batches of a table come in the order of arrival, and a message is never split between two.
 * Errors: `data.bad-line` where `strict`; `data.bad-file`; whatever the source throws. Each comes after the rows before it.
 */
export function decodeCapture(
  source: AsyncIterable<Uint8Array>,
  options: CaptureOptions = {},
): CaptureDecoding {
  const decoder = new CaptureDecoder(options);
  return {
    [Symbol.asyncIterator]: () => batches(source, decoder, options.strict ?? false),
    report: () => decoder.report(),
  };
}

async function* batches(
  source: AsyncIterable<Uint8Array>,
  decoder: CaptureDecoder,
  isStrict: boolean,
): AsyncGenerator<CaptureBatch> {
  try {
    for await (const chunk of unpack(source)) {
      decoder.push(chunk);
      yield* decoder.take(false);
    }
  } catch (error) {
    if (isStrict || !isCutShort(error)) {
      // What was read before is no worse for what came after.
      yield* decoder.take(true);
      throw error;
    }
    decoder.isCutShort = true;
  }
  decoder.finish();
  yield* decoder.take(true);
}

/** The decoding without a source: bytes in, tables out. */
export class CaptureDecoder {
  isCutShort = false;
  private readonly tables: CaptureTables;
  private readonly context: Parameters<typeof addRows>[2];
  private readonly isStrict: boolean;
  private readonly scanner = new Scanner();
  private readonly message = new Message();
  private readonly head: LineHead = { received: Number.NaN, at: 0 };
  private readonly counts = { lines: 0, messages: 0, ignored: 0, damagedCount: 0, parsed: 0 };
  private readonly damaged: DamagedLine[] = [];
  /** Pieces of a line whose end has not come. */
  private rest: Buffer[] = [];
  private restLength = 0;
  private isTooLong = false;

  constructor(options: CaptureOptions) {
    const { symbolOf = (raw: string) => raw, symbol, strict = false, rowsPerBatch = 32_768 } = options;
    this.tables = new CaptureTables(rowsPerBatch);
    this.context = { tables: this.tables, symbolOf, symbol };
    this.isStrict = strict;
  }

  /** Takes the next bytes, however they are cut. */
  push(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let from = 0;
    let end = bytes.indexOf(NEWLINE);
    if (end >= 0 && this.restLength > 0) {
      this.keep(bytes.subarray(0, end));
      this.finish();
      from = end + 1;
      end = bytes.indexOf(NEWLINE, from);
    }
    for (; end >= 0; end = bytes.indexOf(NEWLINE, from)) {
      this.line(bytes, from, end);
      from = end + 1;
    }
    // The caller may use its buffer again.
    if (from < bytes.length) this.keep(Buffer.from(bytes.subarray(from)));
  }

  /** Takes what stands after the last line end. */
  finish(): void {
    if (this.restLength === 0) return;
    const line = this.rest.length === 1 ? this.rest[0]! : Buffer.concat(this.rest);
    this.rest = [];
    this.restLength = 0;
    if (!this.isTooLong) {
      this.line(line, 0, line.length);
      return;
    }
    this.isTooLong = false;
    this.counts.lines++;
    this.refuse(line, Number.NaN, `more than ${LINE_MAX} bytes`);
  }

  /** Tables that are full, or all that have rows. */
  take(all: boolean): Iterable<CaptureBatch> {
    return this.tables.take(all);
  }

  report(): CaptureReport {
    return { ...this.counts, damaged: [...this.damaged], isCutShort: this.isCutShort };
  }

  private keep(piece: Buffer): void {
    this.restLength += piece.length;
    if (this.restLength > LINE_MAX) this.isTooLong = true;
    // Of a line that is too long only its beginning is shown.
    if (!this.isTooLong || this.rest.length === 0) this.rest.push(piece);
  }

  private line(bytes: Buffer, from: number, lineEnd: number): void {
    const to = lineEnd > from && bytes[lineEnd - 1] === 0x0d ? lineEnd - 1 : lineEnd;
    this.counts.lines++;
    const { head, message } = this;
    readLineHead(bytes, from, to, head);
    if (head.at < 0) {
      this.lineWithoutMessage(bytes, from, to);
      return;
    }
    if (!this.scanner.scan(bytes, head.at, to, message)) {
      this.counts.parsed++;
      if (!parseMessage(bytes.toString("utf8", head.at, to), message)) {
        this.refuse(bytes.subarray(from, to), head.received, "not JSON");
        return;
      }
    }
    const verdict = addRows(message, head.received, this.context);
    if (verdict === "") this.counts.messages++;
    else if (verdict === "?") this.counts.ignored++;
    else this.refuse(bytes.subarray(from, to), head.received, verdict);
  }

  /** Empty lines, and what a recorder notes of its own connection, are no damage. */
  private lineWithoutMessage(bytes: Buffer, from: number, to: number): void {
    const text = bytes.toString("latin1", from, Math.min(to, from + 200));
    if (text.trim() === "" || /^wss?:\/\//.test(text)) this.counts.ignored++;
    else this.refuse(bytes.subarray(from, to), Number.NaN, "no message after the time of receipt");
  }

  private refuse(bytes: Buffer, received: Millis, reason: string): void {
    const text = bytes.toString("utf8", 0, 120);
    const line = this.counts.lines;
    this.counts.damagedCount++;
    if (this.damaged.length < DAMAGED_SHOWN) this.damaged.push({ line, reason, text, received });
    if (!this.isStrict) return;
    fail("data.bad-line", {
      message: `line ${line} of the capture (received ${timeText(received)}): ${reason}: ${JSON.stringify(text)}`,
      hint: "Without strict reading the line is left out and reported.",
      fields: { line, reason, received },
    });
  }
}
