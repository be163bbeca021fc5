import type { JupyterFrontEnd } from "@jupyterlab/application";
import { Notification } from "@jupyterlab/apputils";
import type { NotebookPanel } from "@jupyterlab/notebook";
import type { Backend } from "../comm/backend.ts";
import { toKernelPath } from "../comm/paths.ts";
import { goToCell } from "../ui/go-to.ts";
import { type Modal, showModal } from "../ui/modal.tsx";
import { ScheduleDraft } from "./controller.ts";
import { ScheduleDialog } from "./dialog.tsx";

const TYPING_MS = 250;

/** Opens the dialog that schedules a notebook. `openList` shows the jobs afterwards. */
export function openSchedule(
  app: JupyterFrontEnd,
  backend: Backend,
  panel: NotebookPanel,
  openList: () => void,
): void {
  let modal: Modal | null = null;
  let release: () => void = () => undefined;
  let typing: ReturnType<typeof setTimeout> | undefined;
  const close = () => {
    clearTimeout(typing);
    modal?.close();
    release();
  };
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
  const told = (text: string) => {
    close();
    Notification.info(text, { autoClose: 5_000 });
    openList();
  };
  const draft = new ScheduleDraft({
    zone,
    connect: async () => {
      release();
      const acquired = await backend.forNotebook(panel);
      release = acquired.release;
      return {
        client: acquired.link.client,
        notebook: toKernelPath(panel.context.path, acquired.link.base),
      };
    },
    later: (callback) => {
      clearTimeout(typing);
      typing = setTimeout(callback, TYPING_MS);
    },
    onAdded: (job) => told(`${panel.context.path} is scheduled: ${job.text}.`),
    onRun: (run) => told(`Run ${run.number} of ${panel.context.path} is queued.`),
  });
  const body = (
    <ScheduleDialog
      draft={draft}
      notebook={panel.context.path}
      ownZone={zone}
      onClose={close}
      onGo={(place) => {
        close();
        void goToCell(app, panel, place);
      }}
    />
  );
  modal = showModal("Schedule", body, close);
  // The run reads the file: what is scheduled is what is seen.
  void panel.context.save().then(
    () => draft.load(),
    () => draft.load(),
  );
}
