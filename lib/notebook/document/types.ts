/**
 * A Jupyter notebook as typed data. Field names are those of the file format, nbformat 4.5
 * (https://nbformat.readthedocs.io/en/latest/format_description.html), so that nothing is renamed on the way.
 * Texts that the file may hold as lists of lines are single strings here.
 */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: JsonValue | undefined;
}

export interface NotebookDocument {
  readonly nbformat: 4;
  /** 5 or more: every cell has an id. */
  readonly nbformat_minor: number;
  readonly metadata: JsonObject;
  readonly cells: readonly NotebookCell[];
}

export interface CodeCell {
  readonly cell_type: "code";
  /** Unique in the document, 1 to 64 of A-Z a-z 0-9 - _. */
  readonly id: string;
  readonly metadata: JsonObject;
  readonly source: string;
  /** The number shown as `[n]`; null when the cell did not run. */
  readonly execution_count: number | null;
  readonly outputs: readonly NotebookOutput[];
}

export interface TextCell {
  readonly cell_type: "markdown" | "raw";
  readonly id: string;
  readonly metadata: JsonObject;
  readonly source: string;
  /** Pictures pasted into the text: file name to MIME bundle. */
  readonly attachments?: JsonObject;
}

export type NotebookCell = CodeCell | TextCell;

export interface StreamOutput {
  readonly output_type: "stream";
  readonly name: "stdout" | "stderr";
  readonly text: string;
}

export interface DisplayOutput {
  readonly output_type: "display_data";
  /** MIME type to content. */
  readonly data: JsonObject;
  readonly metadata: JsonObject;
}

export interface ResultOutput {
  readonly output_type: "execute_result";
  readonly execution_count: number | null;
  readonly data: JsonObject;
  readonly metadata: JsonObject;
}

export interface ErrorOutput {
  readonly output_type: "error";
  readonly ename: string;
  readonly evalue: string;
  readonly traceback: readonly string[];
}

export type NotebookOutput = StreamOutput | DisplayOutput | ResultOutput | ErrorOutput;

/** The tags of a cell: `metadata.tags`. */
export function tagsOf(cell: NotebookCell): readonly string[] {
  const { tags } = cell.metadata;
  return Array.isArray(tags) ? tags.filter((tag): tag is string => typeof tag === "string") : [];
}
