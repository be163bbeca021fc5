import { lintGutter, setDiagnostics } from "@codemirror/lint";
import { type Extension, StateEffect } from "@codemirror/state";
import { type EditorView, ViewPlugin } from "@codemirror/view";
import type { CellDiagnostic } from "../comm/protocol.ts";
import { marksIn } from "./ranges.ts";

/** The editors of cells that are shown, by cell id; a cell may be shown twice. */
export class CellEditors {
  private readonly views = new Map<string, Set<EditorView>>();
  private readonly prepared = new WeakSet<EditorView>();

  /** An extension for the editor of one cell: it knows the editor while it lives. */
  extension(cellId: string, onReady: (cellId: string) => void): Extension {
    const { views } = this;
    return ViewPlugin.define((view) => {
      const set = views.get(cellId) ?? new Set();
      views.set(cellId, set.add(view));
      // The editor can't be changed while it is being made.
      queueMicrotask(() => onReady(cellId));
      return {
        destroy() {
          set.delete(view);
          if (set.size === 0) views.delete(cellId);
        },
      };
    });
  }

  /** Makes room for marks, before one comes: nothing moves when it does. */
  prepare(cellId: string): void {
    for (const view of this.views.get(cellId) ?? []) {
      if (this.prepared.has(view)) continue;
      this.prepared.add(view);
      view.dispatch({ effects: StateEffect.appendConfig.of(lintGutter()) });
    }
  }

  /** Draws what was said about a cell in place of what was said before. */
  show(cellId: string, diagnostics: readonly CellDiagnostic[]): void {
    for (const view of this.views.get(cellId) ?? []) {
      const marks = marksIn(view.state.doc.toString(), diagnostics);
      view.dispatch(setDiagnostics(view.state, marks));
    }
  }
}
