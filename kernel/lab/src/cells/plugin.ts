import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { INotebookTools, INotebookTracker } from "@jupyterlab/notebook";
import { showBadges } from "./badges.ts";
import { MarkerTool } from "./tools.tsx";

const SECTION = "tickbook-markers";

/** Sets the markers of cells in the property inspector, and shows them at the cells. */
export const cellsPlugin: JupyterFrontEndPlugin<void> = {
  id: "tickbook-lab:cells",
  autoStart: true,
  requires: [INotebookTracker],
  optional: [INotebookTools],
  activate: (_app: JupyterFrontEnd, tracker: INotebookTracker, tools: INotebookTools | null) => {
    tools?.addSection({ sectionName: SECTION, label: "Headless runs", rank: 2 });
    tools?.addItem({ section: SECTION, tool: new MarkerTool() });
    tracker.forEach(showBadges);
    tracker.widgetAdded.connect((_, panel) => showBadges(panel));
  },
};
