import type { NotebookCell } from "#notebook";

const LENGTH_MAX = 60;

/** What a cell is called in lists: its first comment, else the heading right above it, else its first line. */
export function cellTitle(cells: readonly NotebookCell[], index: number): string {
  const lines = cells[index]!.source.split("\n").map((line) => line.trim());
  const first = lines.find((line) => line !== "") ?? "";
  const comment = /^(?:\/\/+|\/\*+)\s*(.*?)\s*(?:\*\/)?$/.exec(first)?.[1];
  const title = comment || headingAbove(cells[index - 1]) || first;
  return title.length > LENGTH_MAX ? `${title.slice(0, LENGTH_MAX - 1)}…` : title;
}

/** The last heading of the text cell, if it is one. */
function headingAbove(cell: NotebookCell | undefined): string | undefined {
  if (cell?.cell_type !== "markdown") return undefined;
  const headings = [...cell.source.matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)];
  return headings.at(-1)?.[1];
}
