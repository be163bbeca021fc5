import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { INotebookTracker } from "@jupyterlab/notebook";
import { Token } from "@lumino/coreutils";
import { Backend } from "./comm/backend.ts";

/** The lines to the kernels, shared by all that this extension adds. */
export const IBackend = new Token<Backend>("tickbook-lab:IBackend", "Lines to tickbook's kernels.");
export type IBackend = Backend;

export const backendPlugin: JupyterFrontEndPlugin<Backend> = {
  id: "tickbook-lab:backend",
  autoStart: true,
  requires: [INotebookTracker],
  provides: IBackend,
  activate: (app: JupyterFrontEnd, tracker: INotebookTracker) => new Backend(app.serviceManager, tracker),
};
