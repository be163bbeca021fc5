import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { EditorExtensionRegistry, IEditorExtensionRegistry } from "@jupyterlab/codemirror";
import { INotebookTracker, type NotebookPanel } from "@jupyterlab/notebook";
import { ISettingRegistry } from "@jupyterlab/settingregistry";
import { IBackend } from "../backend-token.ts";
import { CellEditors } from "./editors.ts";
import { NotebookDiagnostics } from "./watch.ts";

const SETTINGS = "tickbook-lab:plugin";

/** Marks what the TypeScript compiler finds in the cells of open notebooks. */
export const diagnosticsPlugin: JupyterFrontEndPlugin<void> = {
  id: "tickbook-lab:diagnostics",
  autoStart: true,
  requires: [INotebookTracker, IBackend, IEditorExtensionRegistry],
  optional: [ISettingRegistry],
  activate: (
    _app: JupyterFrontEnd,
    tracker: INotebookTracker,
    backend: IBackend,
    extensions: IEditorExtensionRegistry,
    settings: ISettingRegistry | null,
  ) => {
    const editors = new CellEditors();
    const watched = new Map<NotebookPanel, NotebookDiagnostics>();
    let isOn = true;
    const ready = (cellId: string) => {
      for (const watch of watched.values()) watch.ready(cellId);
    };
    extensions.addExtension({
      name: "tickbook:diagnostics",
      factory: ({ model }) => {
        const { sharedModel } = model as { sharedModel: { getId?: () => string } };
        const cellId = sharedModel.getId?.();
        if (cellId === undefined) return null;
        return EditorExtensionRegistry.createImmutableExtension(editors.extension(cellId, ready));
      },
    });
    const watch = (panel: NotebookPanel) => {
      void panel.context.ready.then(() => {
        if (panel.isDisposed || watched.has(panel)) return;
        const diagnostics = new NotebookDiagnostics(panel, backend, editors);
        diagnostics.enabled = isOn;
        watched.set(panel, diagnostics);
        panel.disposed.connect(() => watched.delete(panel));
      });
    };
    tracker.forEach(watch);
    tracker.widgetAdded.connect((_, panel) => watch(panel));
    void settings?.load(SETTINGS).then((loaded) => {
      const read = () => {
        isOn = loaded.get("diagnostics").composite !== false;
        for (const diagnostics of watched.values()) diagnostics.enabled = isOn;
      };
      loaded.changed.connect(read);
      read();
    });
  },
};
