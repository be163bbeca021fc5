import { type CodeCell, type NotebookDocument, tagsOf } from "#notebook";

/** Code with something to run, and not tagged to be skipped. */
export function isRunnable(cell: NotebookDocument["cells"][number]): cell is CodeCell {
  return cell.cell_type === "code" && cell.source.trim() !== "" && !tagsOf(cell).includes("skip-execution");
}
