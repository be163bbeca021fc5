import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from "@jupyterlab/application";
import { ICommandPalette } from "@jupyterlab/apputils";
import { IBackend } from "../backend-token.ts";
import { CATEGORY, CommandIds } from "../commands.ts";
import { liveIcon } from "../icons.ts";
import { LiveWatch } from "./controller.ts";
import { LiveWidget } from "./widget.tsx";

function after(ms: number, callback: () => void): () => void {
  const timer = setTimeout(callback, ms);
  return () => clearTimeout(timer);
}

/** Adds the Live panel at the right, and the commands that show it and arm Halt all. */
export const livePlugin: JupyterFrontEndPlugin<void> = {
  id: "tickbook-lab:live",
  autoStart: true,
  requires: [IBackend],
  optional: [ICommandPalette, ILayoutRestorer],
  activate: (
    app: JupyterFrontEnd,
    backend: IBackend,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null,
  ) => {
    const watch = new LiveWatch({
      connect: async () => {
        const { link, release } = await backend.any();
        return { client: link.client, release };
      },
      now: () => Date.now(),
      after,
    });
    const widget = new LiveWidget(watch, () => void app.commands.execute("filebrowser:open-path"));
    widget.id = "tickbook-live";
    widget.title.icon = liveIcon;
    widget.title.caption = "Live: what trades";
    app.shell.add(widget, "right", { rank: 200, type: "Live" });
    restorer?.add(widget, "tickbook-live");
    const show = () => app.shell.activateById(widget.id);
    app.commands.addCommand(CommandIds.live, {
      label: "Live",
      caption: "Show what trades",
      icon: liveIcon,
      execute: show,
    });
    app.commands.addCommand(CommandIds.haltAll, {
      label: "Halt all strategies",
      caption: "Cancel all orders and send none. Asks once more.",
      execute: () => {
        show();
        watch.arm(true);
      },
    });
    for (const command of [CommandIds.live, CommandIds.haltAll])
      palette?.addItem({ command, category: CATEGORY });
  },
};
