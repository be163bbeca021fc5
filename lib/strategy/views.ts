import { fail, suggest } from "#core";
import { type BarColumns, quantityFromLots } from "#model";
import type { BarView, PositionView } from "./context.ts";
import type { AccountView, InstrumentColumns } from "./decide.ts";

/*
 * What handlers look at. Values are read from the columns when a handler asks; nothing is copied a bar.
 *
 * Private fields keep a handler from reaching the columns, where the future lies. For speed, the getters are short
 * enough to be inlined always (27 bytes of bytecode), or each number they return would be allocated; and instances of
 * all runs share one hidden class (an object made with defineProperties becomes a dictionary the second time). A
 * bench guards both.
 */

/** Where a context stands: the row of its instrument's latest closed bar. */
export interface Cursor {
  index: number;
}

export class CurrentBar implements BarView {
  readonly #at: Cursor;
  readonly #time: Float64Array;
  readonly #open: Float64Array;
  readonly #high: Float64Array;
  readonly #low: Float64Array;
  readonly #close: Float64Array;
  readonly #volume: Float64Array;

  constructor(bars: BarColumns, at: Cursor) {
    this.#at = at;
    this.#time = bars.time;
    this.#open = bars.open;
    this.#high = bars.high;
    this.#low = bars.low;
    this.#close = bars.close;
    this.#volume = bars.volume;
  }
  get time(): number {
    return this.#time[this.#at.index]!;
  }
  get open(): number {
    return this.#open[this.#at.index]!;
  }
  get high(): number {
    return this.#high[this.#at.index]!;
  }
  get low(): number {
    return this.#low[this.#at.index]!;
  }
  get close(): number {
    return this.#close[this.#at.index]!;
  }
  get volume(): number {
    return this.#volume[this.#at.index]!;
  }
}

/** Feature values by name. A class for each list of names is made by {@link rowClass}. */
export class CurrentRow {
  readonly #at: Cursor;
  readonly #columns: readonly Float64Array[];

  constructor(columns: readonly Float64Array[], at: Cursor) {
    this.#at = at;
    this.#columns = columns;
  }
  static value(row: CurrentRow, k: number): number {
    return row.#columns[k]![row.#at.index]!;
  }
}

/** A copy that refuses to be asked for a name it does not have: a misspelt one would be undefined, and trade nothing. */
export function guardNames<T extends object>(values: T, names: readonly string[], what: string): T {
  return Object.freeze(Object.assign(Object.create(unknownNames({}, names, what)), values)) as T;
}

/** Stands behind an object's own names, so that known names never pay for it. */
function unknownNames(behind: object, names: readonly string[], what: string): object {
  return new Proxy(behind, {
    get(target, name, receiver) {
      if (typeof name === "symbol" || name in target || ASKED_BY_TOOLS.includes(name)) {
        return Reflect.get(target, name, receiver);
      }
      const near = suggest(name, names);
      return fail("strategy.unknown-name", {
        message: `${what} "${name}"`,
        hint: near ? `Did you mean ${near}?` : `There are ${names.join(", ") || "none"}.`,
        fields: { name },
      });
    },
  });
}

/** Names that printing, awaiting and JSON ask any object for. */
const ASKED_BY_TOOLS = ["then", "toJSON", "inspect", "nodeType"];

const rowClasses = new Map<string, typeof CurrentRow>();

/** The row class with these names as getters; one for each list of names, so that trials of a study share it. */
export function rowClass(names: readonly string[]): typeof CurrentRow {
  const key = JSON.stringify(names);
  const known = rowClasses.get(key);
  if (known) return known;
  const Row = class extends CurrentRow {};
  Object.setPrototypeOf(
    Row.prototype,
    unknownNames(CurrentRow.prototype, names, "the strategy has no feature"),
  );
  names.forEach((name, k) => {
    const get = function (this: CurrentRow) {
      return CurrentRow.value(this, k);
    };
    Object.defineProperty(Row.prototype, name, { get, enumerable: true });
  });
  rowClasses.set(key, Row);
  return Row;
}

export class AccountPosition implements PositionView {
  readonly #account: AccountView;
  readonly #lots: Float64Array;
  readonly #columns: InstrumentColumns;
  readonly #i: number;

  constructor(account: AccountView, columns: InstrumentColumns, i: number) {
    this.#account = account;
    this.#lots = account.lots;
    this.#columns = columns;
    this.#i = i;
  }
  get quantity(): number {
    return quantityFromLots(this.#columns.instrument, this.#lots[this.#i]!);
  }
  get isFlat(): boolean {
    return this.#lots[this.#i] === 0;
  }
  get averagePrice(): number {
    return this.#account.averagePrice(this.#i);
  }
  get weight(): number {
    return (this.quantity * this.#account.mark(this.#i)) / this.#account.equity();
  }
}
