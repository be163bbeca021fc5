import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { ICommandPalette } from "@jupyterlab/apputils";
import { INotebookTracker } from "@jupyterlab/notebook";
import { IBackend } from "../backend-token.ts";
import { isTickbook } from "../comm/backend.ts";
import { CATEGORY, CommandIds, followNotebooks } from "../commands.ts";
import { promoteIcon } from "../icons.ts";
import { Promotions } from "./command.tsx";

/** Adds the command *Promote to live*; button, menu and shortcut are in the settings schema. */
export const promotePlugin: JupyterFrontEndPlugin<void> = {
  id: "tickbook-lab:promote",
  autoStart: true,
  requires: [INotebookTracker, IBackend],
  optional: [ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    tracker: INotebookTracker,
    backend: IBackend,
    palette: ICommandPalette | null,
  ) => {
    const openLive = () => void app.commands.execute(CommandIds.live);
    const promotions = new Promotions(app, backend, openLive);
    app.commands.addCommand(CommandIds.promote, {
      label: "Promote to live",
      caption: "Check this notebook's strategy, sign it and start it",
      icon: promoteIcon,
      isEnabled: () => tracker.currentWidget !== null && isTickbook(tracker.currentWidget),
      isVisible: () => tracker.currentWidget !== null && isTickbook(tracker.currentWidget),
      execute: () => {
        if (tracker.currentWidget) promotions.open(tracker.currentWidget);
      },
    });
    followNotebooks(app, tracker, CommandIds.promote);
    palette?.addItem({ command: CommandIds.promote, category: CATEGORY });
  },
};
