import type { JupyterFrontEnd } from "@jupyterlab/application";
import type { INotebookTracker, NotebookPanel } from "@jupyterlab/notebook";

export const CommandIds = {
  promote: "tickbook:promote",
  schedule: "tickbook:schedule",
  schedules: "tickbook:schedules",
  live: "tickbook:live",
  haltAll: "tickbook:halt-all",
} as const;

export const CATEGORY = "tickbook";

/** Shows and hides a command of notebooks when another notebook is chosen, or its kernel is another. */
export function followNotebooks(app: JupyterFrontEnd, tracker: INotebookTracker, command: string): void {
  const changed = () => app.commands.notifyCommandChanged(command);
  const follow = (panel: NotebookPanel) => {
    panel.sessionContext.kernelChanged.connect(changed);
    void panel.context.ready.then(changed);
  };
  tracker.forEach(follow);
  tracker.widgetAdded.connect((_, panel) => follow(panel));
  tracker.currentChanged.connect(changed);
}
