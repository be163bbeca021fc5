import type { JupyterFrontEnd } from "@jupyterlab/application";
import { Notification } from "@jupyterlab/apputils";
import type { NotebookPanel } from "@jupyterlab/notebook";
import type { Backend } from "../comm/backend.ts";
import { folderOf, toContentsPath, toKernelPath } from "../comm/paths.ts";
import type { Place } from "../comm/protocol.ts";
import { goToCell } from "../ui/go-to.ts";
import { type Modal, showModal } from "../ui/modal.tsx";
import { count } from "../ui/text.ts";
import { Promotion } from "./controller.ts";
import { PromoteDialog } from "./dialog.tsx";
import { keepDurations, lastDurations } from "./remembered.ts";
import type { PromoteState } from "./state.ts";

/** The promotions of this page: at most one for each notebook, shown or hidden. */
export class Promotions {
  private readonly app: JupyterFrontEnd;
  private readonly backend: Backend;
  private readonly openLive: () => void;
  private readonly byPanel = new Map<NotebookPanel, Shown>();

  constructor(app: JupyterFrontEnd, backend: Backend, openLive: () => void) {
    this.app = app;
    this.backend = backend;
    this.openLive = openLive;
  }

  /** Shows the promotion of a notebook that is under way, else starts one. */
  open(panel: NotebookPanel): void {
    const known = this.byPanel.get(panel);
    if (known) {
      known.show();
      return;
    }
    const shown = new Shown(this.app, this.backend, panel, this.openLive, () => this.byPanel.delete(panel));
    this.byPanel.set(panel, shown);
    panel.disposed.connect(() => shown.close());
    shown.show();
    void shown.promotion.check();
  }
}

class Shown {
  readonly promotion: Promotion;
  private readonly app: JupyterFrontEnd;
  private readonly panel: NotebookPanel;
  private readonly openLive: () => void;
  private readonly onGone: () => void;
  private modal: Modal | null = null;
  private release: () => void = () => undefined;

  constructor(
    app: JupyterFrontEnd,
    backend: Backend,
    panel: NotebookPanel,
    openLive: () => void,
    onGone: () => void,
  ) {
    this.app = app;
    this.panel = panel;
    this.openLive = openLive;
    this.onGone = onGone;
    const { path } = panel.context;
    this.promotion = new Promotion({
      connect: async () => {
        this.release();
        const { link, release } = await backend.forNotebook(panel);
        this.release = release;
        return { client: link.client, notebook: toKernelPath(panel.context.path, link.base) };
      },
      save: async () => {
        await panel.context.save();
        return panel.content.widgets.length;
      },
      now: () => Date.now(),
      lastDurations: () => lastDurations(path),
      keepDurations: (ms) => keepDurations(path, ms),
      onSettled: (state) => this.settled(state),
    });
  }

  show(): void {
    if (this.modal?.isOpen) return;
    const body = (
      <PromoteDialog
        promotion={this.promotion}
        notebook={this.panel.context.path}
        actions={{
          onClose: () => this.close(),
          onHide: () => this.hide(),
          onGo: (place) => this.go(place),
          onLive: () => {
            this.close();
            this.openLive();
          },
          onReport: (path) => this.openReport(path),
        }}
      />
    );
    this.modal = showModal("Promote to live", body, () => this.escape());
  }

  /** Ends the promotion and its dialog. */
  close(): void {
    this.promotion.cancel();
    this.hide();
    this.release();
    this.onGone();
  }

  private hide(): void {
    this.modal?.close();
    this.modal = null;
  }

  /** Esc is "Cancel", or "No" if something was asked. */
  private escape(): void {
    const state = this.promotion.state.get();
    if (state.phase === "review" && state.choice.isAsking)
      this.promotion.choose((choice) => ({ ...choice, isAsking: false }));
    else if (state.phase === "review" && state.starting) this.promotion.cancel();
    else this.close();
  }

  private go(place: Place): void {
    this.close();
    void goToCell(this.app, this.panel, place);
  }

  private openReport(path: string): void {
    const contents = toContentsPath(path, { folder: folderOf(this.panel.context.path), root: "" });
    if (contents === null) return;
    this.hide();
    void this.app.commands.execute("docmanager:open", { path: contents });
    Notification.info("The review of the promotion is kept.", { actions: [this.showAction()] });
  }

  private showAction() {
    return { label: "Show it", callback: () => this.show() };
  }

  /** Tells the user if the dialog is hidden. */
  private settled(state: PromoteState): void {
    if (this.modal?.isOpen) return;
    const name = this.panel.context.path;
    const options = { autoClose: false as const, actions: [this.showAction()] };
    if (state.phase === "refused")
      Notification.error(
        `${name} can't be promoted: ${count(state.review.refusals.length, "refusal")}.`,
        options,
      );
    else if (state.phase === "failed")
      Notification.error(`${name} can't be promoted: ${state.error.message}`, options);
    else if (state.phase === "review" && state.error)
      Notification.error(`${name} did not start: ${state.error.message}`, options);
    else if (state.phase === "review") Notification.info(`${name} is checked and can be reviewed.`, options);
    else if (state.phase === "done")
      Notification.success(`${state.promoted.strategy} runs on ${state.promoted.stage}.`, options);
  }
}
