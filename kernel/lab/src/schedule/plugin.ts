import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from "@jupyterlab/application";
import { ICommandPalette, MainAreaWidget, Notification, WidgetTracker } from "@jupyterlab/apputils";
import { IDocumentManager } from "@jupyterlab/docmanager";
import { INotebookTracker, type NotebookPanel } from "@jupyterlab/notebook";
import { IBackend } from "../backend-token.ts";
import { isTickbook } from "../comm/backend.ts";
import { type Base, toContentsPath } from "../comm/paths.ts";
import type { Place } from "../comm/protocol.ts";
import { CATEGORY, CommandIds, followNotebooks } from "../commands.ts";
import { scheduleIcon } from "../icons.ts";
import { goToCell } from "../ui/go-to.ts";
import { openFile } from "../ui/open-file.ts";
import { openSchedule } from "./command.tsx";
import { ScheduleWatch } from "./watch.ts";
import { type Outside, SchedulesWidget } from "./widget.tsx";

const TAB = "tickbook-schedules";

function after(ms: number, callback: () => void): () => void {
  const timer = setTimeout(callback, ms);
  return () => clearTimeout(timer);
}

/** Makes the tab "Schedules". */
function makeTab(app: JupyterFrontEnd, backend: IBackend, documents: IDocumentManager): MainAreaWidget {
  let base: Base = { folder: "", root: "" };
  const watch = new ScheduleWatch({
    connect: async () => {
      const { link, release } = await backend.any();
      base = link.base;
      return { client: link.client, release };
    },
    after,
    zone: Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC",
  });
  const open = async (path: string, place?: Place) => {
    const widget = await openFile(documents, toContentsPath(path, base), path);
    if (!place || !widget) return;
    await (widget as NotebookPanel).revealed;
    await goToCell(app, widget as NotebookPanel, place);
  };
  const outside: Outside = {
    newSchedule: () => {
      if (app.commands.isEnabled(CommandIds.schedule)) void app.commands.execute(CommandIds.schedule);
      else Notification.info("Open the notebook that is to run, then press Schedule.", { autoClose: 5_000 });
    },
    open: (path, place) => void open(path, place),
  };
  const tab = new MainAreaWidget({ content: new SchedulesWidget(watch, outside) });
  tab.id = TAB;
  tab.toolbar.hide();
  tab.title.label = "Schedules";
  tab.title.icon = scheduleIcon;
  tab.title.closable = true;
  return tab;
}

/** Adds the commands *Schedule* and *Schedules*. */
export const schedulePlugin: JupyterFrontEndPlugin<void> = {
  id: "tickbook-lab:schedule",
  autoStart: true,
  requires: [INotebookTracker, IBackend, IDocumentManager],
  optional: [ICommandPalette, ILayoutRestorer],
  activate: (
    app: JupyterFrontEnd,
    notebooks: INotebookTracker,
    backend: IBackend,
    documents: IDocumentManager,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null,
  ) => {
    const tabs = new WidgetTracker<MainAreaWidget>({ namespace: TAB });
    let tab: MainAreaWidget | null = null;
    const showTab = () => {
      if (!tab || tab.isDisposed) tab = makeTab(app, backend, documents);
      if (!tabs.has(tab)) void tabs.add(tab);
      if (!tab.isAttached) app.shell.add(tab, "main");
      app.shell.activateById(tab.id);
    };
    const current = () => notebooks.currentWidget;
    app.commands.addCommand(CommandIds.schedules, {
      label: "Schedules",
      caption: "Show scheduled notebooks and their runs",
      icon: scheduleIcon,
      execute: showTab,
    });
    app.commands.addCommand(CommandIds.schedule, {
      label: "Schedule",
      caption: "Run this notebook at set times",
      icon: scheduleIcon,
      isEnabled: () => current() !== null && isTickbook(current()!),
      isVisible: () => current() !== null && isTickbook(current()!),
      execute: () => {
        const panel = current();
        if (panel) openSchedule(app, backend, panel, showTab);
      },
    });
    followNotebooks(app, notebooks, CommandIds.schedule);
    for (const command of [CommandIds.schedule, CommandIds.schedules])
      palette?.addItem({ command, category: CATEGORY });
    void restorer?.restore(tabs, { command: CommandIds.schedules, name: () => TAB });
  },
};
