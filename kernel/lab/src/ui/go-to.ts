import type { JupyterFrontEnd } from "@jupyterlab/application";
import type { NotebookPanel } from "@jupyterlab/notebook";
import type { Place } from "../comm/protocol.ts";

/**
 * Scrolls to a cell, selects it and puts the cursor at its line.
 * @returns false if the notebook has no such cell.
 */
export async function goToCell(app: JupyterFrontEnd, panel: NotebookPanel, place: Place): Promise<boolean> {
  const notebook = panel.content;
  const index = notebook.widgets.findIndex(({ model }) => model.id === place.cellId);
  const cell = notebook.widgets[index];
  if (!cell) return false;
  app.shell.activateById(panel.id);
  await panel.context.ready;
  notebook.activeCellIndex = index;
  notebook.deselectAll();
  await notebook.scrollToCell(cell, "center");
  await cell.ready;
  notebook.mode = "edit";
  const editor = cell.editor;
  if (editor && place.line !== undefined) {
    editor.setCursorPosition({ line: place.line - 1, column: (place.column ?? 1) - 1 });
    editor.revealPosition({ line: place.line - 1, column: 0 });
  }
  editor?.focus();
  return true;
}
