import type { BarColumns } from "#model";
import { quantityFromLots } from "#model";
import type { BarView, PositionView } from "./context.ts";
import type { AccountView, InstrumentColumns } from "./decide.ts";

/*
 * What handlers look at. Values are read from the columns when asked for; nothing is copied a bar. Two things here
 * are for speed, and a bench guards them: classes whose instances of all runs share one hidden class (an object made
 * with defineProperties becomes a dictionary the second time), and private fields, which also keep the handler from
 * reaching the columns, where the future lies.
 */

/** Row of the latest closed bar of each instrument, by index. */
export type Cursor = Int32Array;

export class ColumnBar implements BarView {
  readonly #bars: BarColumns;
  readonly #cursor: Cursor;
  readonly #i: number;

  constructor(bars: BarColumns, cursor: Cursor, i: number) {
    this.#bars = bars;
    this.#cursor = cursor;
    this.#i = i;
  }
  get time(): number {
    return this.#bars.time[this.#cursor[this.#i]!]!;
  }
  get open(): number {
    return this.#bars.open[this.#cursor[this.#i]!]!;
  }
  get high(): number {
    return this.#bars.high[this.#cursor[this.#i]!]!;
  }
  get low(): number {
    return this.#bars.low[this.#cursor[this.#i]!]!;
  }
  get close(): number {
    return this.#bars.close[this.#cursor[this.#i]!]!;
  }
  get volume(): number {
    return this.#bars.volume[this.#cursor[this.#i]!]!;
  }
}

/** Feature values by name. A class for each list of names is made by {@link rowClass}. */
class ColumnRow {
  readonly #columns: readonly Float64Array[];
  readonly #cursor: Cursor;
  readonly #i: number;

  constructor(columns: readonly Float64Array[], cursor: Cursor, i: number) {
    this.#columns = columns;
    this.#cursor = cursor;
    this.#i = i;
  }
  static value(row: ColumnRow, k: number): number {
    return row.#columns[k]![row.#cursor[row.#i]!]!;
  }
}

const rowClasses = new Map<string, typeof ColumnRow>();

/** The row class with these names as getters; one for each list of names, so that trials of a study share it. */
export function rowClass(names: readonly string[]): typeof ColumnRow {
  const key = JSON.stringify(names);
  const known = rowClasses.get(key);
  if (known) return known;
  const Row = class extends ColumnRow {};
  names.forEach((name, k) => {
    const get = function (this: ColumnRow) {
      return ColumnRow.value(this, k);
    };
    Object.defineProperty(Row.prototype, name, { get, enumerable: true });
  });
  rowClasses.set(key, Row);
  return Row;
}

export class AccountPosition implements PositionView {
  readonly #account: AccountView;
  readonly #columns: InstrumentColumns;
  readonly #i: number;

  constructor(account: AccountView, columns: InstrumentColumns, i: number) {
    this.#account = account;
    this.#columns = columns;
    this.#i = i;
  }
  get quantity(): number {
    return quantityFromLots(this.#columns.instrument, this.#account.lots(this.#i));
  }
  get isFlat(): boolean {
    return this.#account.lots(this.#i) === 0;
  }
  get averagePrice(): number {
    return this.#account.averagePrice(this.#i);
  }
  get weight(): number {
    return (this.quantity * this.#account.mark(this.#i)) / this.#account.equity();
  }
}
