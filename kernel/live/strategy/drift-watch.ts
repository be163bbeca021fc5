/**
 * What each model was fed of late against what it was trained on, measured beside the decisions.
 *
 * Of each instrument the last 500 rows are kept, those of the warm-up too, and as many predictions; those of all
 * instruments are measured together, as the model learnt from them together. All models are gone through every 20
 * decisions, some columns after each, so that a decision which comes meanwhile waits a millisecond or two.
 */
import { type Drift, driftOf, BASELINE_WIDTH as LINE } from "#ml";
import { RecentRows } from "./recent-rows.ts";

export const DRIFT_ROWS = 500;
const EVERY_DECISIONS = 20;
/** Values that are looked at after one decision. */
const VALUES_A_STEP = 5000;

export interface WatchedModel {
  readonly name: string;
  readonly inputs: readonly string[];
  /** Of `baselineOf`. */
  readonly baseline: Float64Array;
}

export class DriftWatch {
  private readonly models: readonly WatchedModel[];
  private readonly onMeasured: (model: string, lines: readonly Drift[]) => void;
  /** By instrument, by model. */
  private rows: RecentRows[][] = [];
  private predictions: RecentRows[][] = [];
  private decisions = 0;
  /** What is measured now: a model, and what of it is measured already. */
  private at = 0;
  private lines: Drift[] = [];

  /** @param onMeasured called with one line an input and one for the prediction. */
  constructor(models: readonly WatchedModel[], onMeasured: DriftWatch["onMeasured"]) {
    this.models = models;
    this.onMeasured = onMeasured;
    this.at = models.length;
  }

  /** Forgets all. */
  start(instruments: number): void {
    const each = (width: (model: WatchedModel) => number) =>
      Array.from({ length: instruments }, () =>
        this.models.map((model) => new RecentRows(width(model), DRIFT_ROWS)),
      );
    this.rows = each(({ inputs }) => inputs.length);
    this.predictions = each(() => 1);
    [this.decisions, this.at, this.lines] = [0, this.models.length, []];
  }

  addRow(instrument: number, model: number, row: Float64Array): void {
    this.rows[instrument]![model]!.push(row);
  }

  addPrediction(instrument: number, model: number, prediction: number): void {
    this.predictions[instrument]![model]!.push(Float64Array.of(prediction));
  }

  /** Measures a little. Called once after each decision. */
  step(): void {
    if (this.at >= this.models.length && this.decisions % EVERY_DECISIONS === 0) this.at = 0;
    this.decisions++;
    for (let values = 0; values < VALUES_A_STEP && this.at < this.models.length; ) {
      const { name, inputs, baseline } = this.models[this.at]!;
      const line = this.lines.length;
      const column = this.column(this.at, line, inputs.length);
      const table = baseline.subarray(line * LINE, (line + 1) * LINE);
      this.lines.push(...driftOf(table, inputs.slice(line, line + 1), [column]));
      values += Math.max(1, column.length);
      if (line < inputs.length) continue;
      this.onMeasured(name, this.lines);
      this.lines = [];
      this.at++;
    }
  }

  /** An input of a model, or its predictions, of all instruments. */
  private column(model: number, line: number, inputs: number): Float64Array {
    const [kept, j] = line < inputs ? [this.rows, line] : [this.predictions, 0];
    const parts = kept.map((models) => models[model]!);
    const column = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
    let from = 0;
    for (const part of parts) {
      part.copyColumn(j, column, from);
      from += part.length;
    }
    return column;
  }
}
