/** The tables that a capture fills, one of each kind for each symbol, and the time of a row that the venue did not stamp. */
import type { TableColumns, TableKind } from "#model";
import type { Message } from "./message.ts";
import { TableBuffer } from "./table-buffer.ts";

/** Rows of one table. */
export interface CaptureBatch<K extends TableKind = TableKind> {
  readonly symbol: string;
  readonly kind: K;
  readonly columns: TableColumns<K>;
}

/** What a depth message says besides its levels; NaN where the venue says nothing. */
export interface DepthHead {
  readonly symbol: string;
  readonly time: number;
  readonly firstId: number;
  readonly lastId: number;
  readonly previousId: number;
  readonly isSnapshot: boolean;
}

/** A run of a message's levels; side 0: each level names its own. */
export interface LevelRun {
  readonly field: number;
  readonly side: 1 | -1 | 0;
}

interface SymbolTables {
  newest: number;
  readonly byKind: Map<TableKind, TableBuffer>;
}

/** Rows that a buffer begins with room for. */
const START_ROWS = 512;

export class CaptureTables {
  private readonly symbols = new Map<string, SymbolTables>();
  private readonly rowsPerBatch: number;

  constructor(rowsPerBatch: number) {
    this.rowsPerBatch = rowsPerBatch;
  }

  /** The only symbol seen so far; undefined if there is none or more than one. */
  get onlySymbol(): string | undefined {
    return this.symbols.size === 1 ? this.symbols.keys().next().value : undefined;
  }

  row(symbol: string, kind: TableKind, time: number, received: number, ...rest: readonly number[]): void {
    const [buffer, at] = this.stamp(symbol, kind, time, received);
    buffer.add(at, received, ...rest);
  }

  /** The levels of one message; a message without any is kept as a row without a side, for its numbers. */
  depth(head: DepthHead, received: number, message: Message, runs: readonly LevelRun[]): void {
    const [buffer, time] = this.stamp(head.symbol, "depth", head.time, received);
    const { firstId, lastId, previousId } = head;
    const isSnapshot = head.isSnapshot ? 1 : 0;
    const before = buffer.length;
    for (const { field, side } of runs) {
      const from = message.numbers[field]!;
      const to = message.ends[field]!;
      const [times, receiveds, firsts, lasts, previous, snapshots, sides, prices, quantities] = buffer.room(
        to - from,
      ) as [
        Float64Array,
        Float64Array,
        Float64Array,
        Float64Array,
        Float64Array,
        Float64Array,
        Float64Array,
        Float64Array,
        Float64Array,
      ];
      let at = buffer.length;
      for (let i = from; i < to; i++, at++) {
        times[at] = time;
        receiveds[at] = received;
        firsts[at] = firstId;
        lasts[at] = lastId;
        previous[at] = previousId;
        snapshots[at] = isSnapshot;
        sides[at] = side === 0 ? message.sides[i]! : side;
        prices[at] = message.prices[i]!;
        quantities[at] = message.quantities[i]!;
      }
      buffer.length = at;
    }
    if (buffer.length > before) return;
    const none = Number.NaN;
    buffer.add(time, received, firstId, lastId, previousId, isSnapshot, none, none, none);
  }

  /** Tables that are full, or all that have rows. */
  *take(all: boolean): Generator<CaptureBatch> {
    for (const [symbol, { byKind }] of this.symbols) {
      for (const [kind, buffer] of byKind) {
        if (buffer.length === 0 || (!all && !this.isFull(buffer))) continue;
        yield { symbol, kind, columns: buffer.take() } as CaptureBatch;
      }
    }
  }

  /** A book's first rows stay until a venue stamp has come, as their own time hangs on it. */
  private isFull({ kind, length, newest }: TableBuffer): boolean {
    return length >= this.rowsPerBatch && (kind !== "depth" || newest !== Number.NEGATIVE_INFINITY);
  }

  /**
   * The time of a row: the venue's stamp; without one the newest stamp of its table, else of its symbol, else the time of receipt,
   * which is put back to the table's first stamp if that is earlier (the recorder's clock may be off).
   */
  private stamp(symbol: string, kind: TableKind, time: number, received: number): [TableBuffer, number] {
    let tables = this.symbols.get(symbol);
    if (!tables) {
      tables = { newest: Number.NEGATIVE_INFINITY, byKind: new Map() };
      this.symbols.set(symbol, tables);
    }
    let buffer = tables.byKind.get(kind);
    if (!buffer) {
      buffer = new TableBuffer(kind, START_ROWS);
      tables.byKind.set(kind, buffer);
    }
    if (Number.isNaN(time)) {
      if (buffer.newest > 0) return [buffer, buffer.newest];
      return [buffer, tables.newest > 0 ? tables.newest : received];
    }
    if (buffer.newest === Number.NEGATIVE_INFINITY && buffer.length > 0) buffer.clampTimes(time);
    if (time > buffer.newest) buffer.newest = time;
    if (time > tables.newest) tables.newest = time;
    return [buffer, time];
  }
}
