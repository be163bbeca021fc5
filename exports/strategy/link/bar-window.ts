import { fail } from "#core";
import { BAR_COLUMNS, type BarColumns, createInstrument, type InstrumentSpec } from "#model";
import { type InstrumentColumns, modelRows, type Strategy } from "#strategy";

/** What a window holds, as plain data. */
export interface WindowSnapshot {
  /** Columns time, open, high, low, close, volume; oldest first. */
  readonly bars: readonly Float64Array[];
  /** The feature rows of the last bars, as many as models look at, one after another: no handler sees an older one. */
  readonly rows: Float64Array;
}

/** The last bars of an instrument, as many as `ctx.history` may ask for. */
export class BarWindow implements InstrumentColumns {
  readonly instrument: InstrumentColumns["instrument"];
  readonly bars: BarColumns;
  readonly rows: readonly Float64Array[];
  readonly predictions: Readonly<Record<string, Float64Array>>;
  length = 0;
  private readonly columns: readonly Float64Array[];
  private readonly kept: number;
  private readonly modelRows: number;

  /** Errors: `features.bad-snapshot`. */
  constructor(spec: Strategy["spec"], instrument: InstrumentSpec, snapshot?: WindowSnapshot) {
    this.modelRows = modelRows(spec);
    this.kept = Math.max(this.modelRows, spec.history);
    // Twice what is kept, so that only every so many bars they are moved to the front.
    const column = () => new Float64Array(2 * this.kept);
    this.instrument = createInstrument(instrument);
    this.bars = {
      time: column(),
      open: column(),
      high: column(),
      low: column(),
      close: column(),
      volume: column(),
    };
    this.rows = (spec.features?.names ?? []).map(column);
    this.predictions = Object.fromEntries(Object.keys(spec.models).map((name) => [name, column()]));
    this.columns = [...this.barColumns(), ...this.rows, ...Object.values(this.predictions)];
    if (snapshot) this.restore(snapshot);
  }

  push(bar: readonly number[], row: Float64Array): void {
    if (this.length === 2 * this.kept) {
      for (const column of this.columns) column.copyWithin(0, this.kept);
      this.length = this.kept;
    }
    const values = [...bar, ...row];
    // Predictions come with the question.
    this.columns.forEach((column, k) => {
      column[this.length] = values[k] ?? Number.NaN;
    });
    this.length++;
  }

  predicted(values: Readonly<Record<string, number>>): void {
    if (this.length === 0) return;
    for (const [name, value] of Object.entries(values)) this.predictions[name]![this.length - 1] = value;
  }

  /** Undefined before the first bar. */
  snapshot(): WindowSnapshot | undefined {
    if (this.length === 0) return undefined;
    const from = Math.max(0, this.length - this.kept);
    return {
      bars: this.barColumns().map((column) => column.slice(from, this.length)),
      rows: this.latestRows(),
    };
  }

  /** As many as models look at, one after another. */
  private latestRows(): Float64Array {
    const count = Math.min(this.modelRows, this.length);
    const width = this.rows.length;
    return Float64Array.from({ length: count * width }, (_, i) => {
      return this.rows[i % width]![this.length - count + Math.floor(i / width)]!;
    });
  }

  private restore({ bars, rows }: WindowSnapshot): void {
    const columns = this.barColumns();
    const length = bars[0]?.length ?? 0;
    const fits =
      bars.length === columns.length &&
      bars.every((column) => column.length === length) &&
      rows.length === Math.min(this.modelRows, length) * this.rows.length &&
      length >= 1 &&
      length <= this.kept;
    if (!fits) {
      fail("features.bad-snapshot", {
        message: `a snapshot of ${this.instrument.symbol} holds ${bars.length} columns of ${length} bars and ${rows.length} feature values; this strategy keeps ${columns.length} of up to ${this.kept}, and ${this.rows.length} features of ${this.modelRows} bars`,
        hint: "Snapshots fit only the bundle they were taken from. Warm up again from bars.",
      });
    }
    columns.forEach((column, k) => {
      column.set(bars[k]!);
    });
    this.length = length;
    const width = this.rows.length;
    for (let i = 0; i < rows.length; i++)
      this.rows[i % width]![length - rows.length / width + Math.floor(i / width)] = rows[i]!;
  }

  private barColumns(): Float64Array[] {
    return [this.bars.time, ...BAR_COLUMNS.map((name) => this.bars[name])];
  }
}
