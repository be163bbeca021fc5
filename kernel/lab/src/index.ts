import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { ISettingRegistry } from "@jupyterlab/settingregistry";
import { backendPlugin } from "./backend-token.ts";
import { cellsPlugin } from "./cells/plugin.ts";
import { diagnosticsPlugin } from "./diagnostics/plugin.ts";
import { livePlugin } from "./live/plugin.ts";
import { promotePlugin } from "./promote/plugin.ts";
import { schedulePlugin } from "./schedule/plugin.ts";

/** Carries the settings schema: toolbar buttons, menus and shortcuts, which a user may change there. */
const settingsPlugin: JupyterFrontEndPlugin<void> = {
  id: "tickbook-lab:plugin",
  autoStart: true,
  optional: [ISettingRegistry],
  activate: (_app: JupyterFrontEnd, settings: ISettingRegistry | null) => {
    void settings?.load("tickbook-lab:plugin");
  },
};

export default [
  settingsPlugin,
  backendPlugin,
  promotePlugin,
  livePlugin,
  schedulePlugin,
  diagnosticsPlugin,
  cellsPlugin,
] as JupyterFrontEndPlugin<unknown>[];
