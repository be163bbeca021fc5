import type { JsonObject, NotebookOutput } from "#notebook";
import type { CellError, CellOutput, MimeBundle } from "#session";

/** Text beyond this many characters per cell is cut: JupyterLab does not open files with much more. */
const TEXT_LENGTH_MAX = 8 * 1024 * 1024;

type DisplayedOutput = { output_type: "display_data"; data: JsonObject; metadata: JsonObject };
type StreamedOutput = { output_type: "stream"; name: "stdout" | "stderr"; text: string };

/** The outputs of a notebook's cells while it runs, in the form of the file. */
export class CellOutputs {
  private readonly byCell = new Map<number, NotebookOutput[]>();
  private readonly textLength = new Map<number, number>();
  /** Outputs that may still be replaced, by their id. */
  private readonly named = new Map<string, DisplayedOutput[]>();
  /** Cells whose outputs go when they show something new. */
  private readonly clearing = new Set<number>();

  of(cell: number): readonly NotebookOutput[] {
    return this.byCell.get(cell) ?? [];
  }

  /** @param cell the cell it belongs to. */
  add(cell: number, output: CellOutput): void {
    if (output.kind === "clear") this.clear(cell, output.wait);
    else if (output.kind === "stream") this.addText(cell, output.name, output.text);
    else if (output.kind === "display") this.addDisplay(cell, output);
    else this.addError(cell, output.error);
  }

  addResult(cell: number, bundle: MimeBundle): void {
    const data = bundle as JsonObject;
    this.list(cell).push({ output_type: "execute_result", execution_count: cell, data, metadata: {} });
  }

  addError(cell: number, { name, message, traceback }: CellError): void {
    this.list(cell).push({ output_type: "error", ename: name, evalue: message, traceback });
  }

  /** Text goes on in the last output if that is the same stream, as a terminal would show it. */
  private addText(cell: number, name: "stdout" | "stderr", text: string): void {
    const before = this.textLength.get(cell) ?? 0;
    if (before > TEXT_LENGTH_MAX) return;
    this.textLength.set(cell, before + text.length);
    const isTooLong = before + text.length > TEXT_LENGTH_MAX;
    this.append(cell, name, isTooLong ? text.slice(0, TEXT_LENGTH_MAX - before) : text);
    if (isTooLong)
      this.append(cell, "stderr", "\ntickbook: this cell printed more than 8 MiB; the rest was cut.\n");
  }

  private append(cell: number, name: "stdout" | "stderr", text: string): void {
    const last = this.list(cell).at(-1);
    if (last?.output_type === "stream" && last.name === name) (last as StreamedOutput).text += text;
    else this.list(cell).push({ output_type: "stream", name, text });
  }

  private addDisplay(cell: number, { bundle, id, update }: Extract<CellOutput, { kind: "display" }>): void {
    const data = bundle as JsonObject;
    const same = id === undefined ? [] : (this.named.get(id) ?? []);
    if (update) {
      for (const output of same) output.data = data;
      if (same.length > 0) return;
    }
    const output: DisplayedOutput = { output_type: "display_data", data, metadata: {} };
    if (id !== undefined) this.named.set(id, [...same, output]);
    this.list(cell).push(output);
  }

  private clear(cell: number, wait: boolean): void {
    if (wait) this.clearing.add(cell);
    else this.byCell.set(cell, []);
  }

  private list(cell: number): NotebookOutput[] {
    if (this.clearing.delete(cell)) this.byCell.set(cell, []);
    let outputs = this.byCell.get(cell);
    if (!outputs) {
      outputs = [];
      this.byCell.set(cell, outputs);
    }
    return outputs;
  }
}
