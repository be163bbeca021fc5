import {
  type CodeCell,
  type JsonObject,
  type NotebookCell,
  type NotebookDocument,
  newCellId,
  tagsOf,
} from "#notebook";
import type { CellError, CellOutput, MimeBundle } from "#session";
import { CellOutputs } from "./cell-outputs.ts";
import type { CellReport } from "./events.ts";

/** papermill's tag for the cells that point at a failure; readers of executed notebooks look for it. */
const ERROR_TAG = "papermill-error-cell-tag";

/** What stands in the notebook's metadata, under the names that papermill gives it. */
export interface RunMetadata {
  readonly inputPath: string;
  readonly outputPath: string;
  readonly parameters: JsonObject;
  readonly defaultParameters: JsonObject;
  readonly version: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
}

/** The input as a run should find it: without outputs, and without the marks of an earlier run's failure. */
export function cleanInput(document: NotebookDocument): NotebookDocument {
  const cells = document.cells
    .filter((cell) => !tagsOf(cell).includes(ERROR_TAG))
    .map((cell) => (cell.cell_type === "code" ? { ...cell, outputs: [], execution_count: null } : cell));
  return { ...document, cells };
}

/** With the inputs of code cells hidden, as papermill's report mode does. */
export function withHiddenInputs(document: NotebookDocument): NotebookDocument {
  const cells = document.cells.map((cell) => {
    if (cell.cell_type !== "code") return cell;
    const { jupyter } = cell.metadata;
    const kept = typeof jupyter === "object" && !Array.isArray(jupyter) ? jupyter : {};
    return { ...cell, metadata: { ...cell.metadata, jupyter: { ...kept, source_hidden: true } } };
  });
  return { ...document, cells };
}

/** The executed notebook as it grows. Cells are named by their place among the input's cells. */
export class ExecutedNotebook {
  private readonly input: NotebookDocument;
  private readonly metadata: RunMetadata;
  private readonly outputs = new CellOutputs();
  private readonly started = new Map<number, { readonly cell: number; readonly at: number }>();
  private readonly reports = new Map<number, CellReport>();
  /** Code cells as they stand, by their place, until something about them changes. */
  private readonly made = new Map<number, CodeCell>();
  private readonly indexes = new Map<number, number>();
  private endedAt: number | undefined;

  constructor(input: NotebookDocument, metadata: RunMetadata) {
    this.input = input;
    this.metadata = metadata;
  }

  start(index: number, cell: number, at: number): void {
    this.started.set(index, { cell, at });
    this.indexes.set(cell, index);
    this.made.delete(index);
  }

  addOutput(cell: number, output: CellOutput): void {
    this.outputs.add(cell, output);
    // An update may show in any cell.
    if (output.kind === "display" && output.update) this.made.clear();
    this.changed(cell);
  }

  addResult(cell: number, bundle: MimeBundle): void {
    this.outputs.addResult(cell, bundle);
    this.changed(cell);
  }

  addError(cell: number, error: CellError): void {
    this.outputs.addError(cell, error);
    this.changed(cell);
  }

  finish(report: CellReport): void {
    this.reports.set(report.index, report);
    this.made.delete(report.index);
  }

  /** Marks the run as over. */
  end(at: number): void {
    this.endedAt = at;
  }

  /** The notebook as it stands now. @param failed the cell that ended the run, pointed at from the top. */
  document(failed?: CellReport): NotebookDocument {
    const cells = this.input.cells.map((cell, index) =>
      cell.cell_type === "code" ? this.cellNow(cell, index) : cell,
    );
    if (failed?.error) mark(cells, failed);
    return {
      ...this.input,
      cells,
      metadata: { ...this.input.metadata, papermill: this.runMetadata(failed) },
    };
  }

  private changed(cell: number): void {
    const index = this.indexes.get(cell);
    if (index !== undefined) this.made.delete(index);
  }

  private cellNow(cell: CodeCell, index: number): CodeCell {
    const made = this.made.get(index) ?? this.codeCell(cell, index);
    this.made.set(index, made);
    return made;
  }

  private codeCell(cell: CodeCell, index: number): CodeCell {
    const start = this.started.get(index);
    const report = this.reports.get(index);
    const isFailed = report !== undefined && !["ok", "expected-error", "skipped"].includes(report.status);
    const papermill = {
      start_time: start ? isoTime(start.at) : null,
      end_time: start && report ? isoTime(start.at + report.durationMs) : null,
      duration: report ? report.durationMs / 1000 : null,
      status: report ? (isFailed ? "failed" : "completed") : start ? "running" : "pending",
      exception: report ? isFailed : null,
    };
    return {
      ...cell,
      metadata: { ...cell.metadata, papermill },
      execution_count: start?.cell ?? null,
      outputs: start ? this.outputs.of(start.cell) : [],
    };
  }

  private runMetadata(failed: CellReport | undefined): JsonObject {
    const { inputPath, outputPath, parameters, defaultParameters, version, startedAt } = this.metadata;
    return {
      input_path: inputPath,
      output_path: outputPath,
      parameters,
      default_parameters: defaultParameters,
      environment_variables: {},
      version: `tickbook ${version}`,
      start_time: isoTime(startedAt),
      end_time: this.endedAt === undefined ? null : isoTime(this.endedAt),
      duration: this.endedAt === undefined ? null : (this.endedAt - startedAt) / 1000,
      exception: failed ? true : null,
    };
  }
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString().replace("Z", "+00:00");
}

/** A note at the top that links to a note right above the cell that failed. */
function mark(cells: NotebookCell[], { index, cell, error }: CellReport): void {
  const taken = new Set(cells.map(({ id }) => id));
  const note = (source: string, at: number): NotebookCell => {
    const id = newCellId(source, at, taken);
    taken.add(id);
    return { cell_type: "markdown", id, metadata: { tags: [ERROR_TAG] }, source };
  };
  const style = 'style="color:#b00020; font-weight:bold"';
  const name = error?.name ?? "Error";
  cells.splice(
    index,
    0,
    note(`<span id="papermill-error-cell" ${style}>The run stopped here: ${name}.</span>`, index),
  );
  const link = `<a href="#papermill-error-cell">In [${cell}]</a>`;
  cells.unshift(note(`<span ${style}>The run stopped with an error (${name}) at ${link}.</span>`, 0));
}
