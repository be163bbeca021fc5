import type { NotebookPanel } from "@jupyterlab/notebook";
import type { Backend } from "../comm/backend.ts";
import { isTickbook } from "../comm/backend.ts";
import type { Link } from "../comm/link.ts";
import type { CellDiagnostic, CellSource, Diagnostics } from "../comm/protocol.ts";
import type { CellEditors } from "./editors.ts";

const TYPING_MS = 1_000;

/** Keeps a line to the kernel of one notebook: sends its cells a second after typing stops, draws what comes back. */
export class NotebookDiagnostics {
  private readonly panel: NotebookPanel;
  private readonly backend: Backend;
  private readonly editors: CellEditors;
  private said = new Map<string, readonly CellDiagnostic[]>();
  private link: Link | null = null;
  private typing: ReturnType<typeof setTimeout> | undefined;
  private isOpening = false;
  private isOn = true;

  constructor(panel: NotebookPanel, backend: Backend, editors: CellEditors) {
    this.panel = panel;
    this.backend = backend;
    this.editors = editors;
    panel.sessionContext.kernelChanged.connect(this.reconnect, this);
    panel.sessionContext.statusChanged.connect(this.reconnect, this);
    panel.context.model.contentChanged.connect(this.typed, this);
    panel.disposed.connect(() => {
      clearTimeout(this.typing);
      this.link?.client.close();
    });
    void panel.sessionContext.ready.then(() => this.reconnect());
    this.prepareAll();
  }

  /** Whether marks are drawn; the line stays, for it also serves Promote and Live. */
  set enabled(isOn: boolean) {
    this.isOn = isOn;
    for (const cellId of this.said.keys()) this.draw(cellId);
    if (isOn) this.typed();
  }

  /** The editor of a cell has come into being. */
  ready(cellId: string): void {
    if (!isTickbook(this.panel) || !this.has(cellId)) return;
    if (this.isOn) this.editors.prepare(cellId);
    if (this.said.has(cellId)) this.draw(cellId);
  }

  private prepareAll(): void {
    for (const { model } of this.panel.content.widgets) this.ready(model.id);
  }

  private has(cellId: string): boolean {
    return this.panel.content.widgets.some(({ model }) => model.id === cellId);
  }

  private reconnect(): void {
    const kernel = this.panel.sessionContext.session?.kernel;
    if (this.link || !kernel || this.isOpening || !this.backend.mayAnswer(this.panel)) return;
    if (kernel.status !== "idle" && kernel.status !== "busy") return;
    this.isOpening = true;
    this.backend
      .ofNotebook(this.panel)
      .then(
        (link) => this.linked(link),
        () => undefined, // it is not tickbook's; a restart asks again
      )
      .finally(() => {
        this.isOpening = false;
      });
  }

  private linked(link: Link): void {
    if (this.link === link || this.panel.isDisposed) return;
    this.link = link;
    this.prepareAll();
    link.client.on<Diagnostics>("diagnostics", (value) => this.heard(value));
    link.client.onClose(() => {
      this.link = null;
      this.heard({ cells: {} });
    });
    this.typed();
  }

  private heard({ cells }: Diagnostics): void {
    const before = this.said;
    this.said = new Map(Object.entries(cells));
    for (const cellId of new Set([...before.keys(), ...this.said.keys()])) this.draw(cellId);
  }

  private draw(cellId: string): void {
    this.editors.show(cellId, this.isOn ? (this.said.get(cellId) ?? []) : []);
  }

  private typed(): void {
    clearTimeout(this.typing);
    if (!this.link || !this.isOn) return;
    this.typing = setTimeout(() => this.link?.client.tell({ cells: this.sources() }), TYPING_MS);
  }

  private sources(): CellSource[] {
    return this.panel.content.widgets
      .filter(({ model }) => model.type === "code")
      .map(({ model }) => ({ cellId: model.id, source: model.sharedModel.getSource() }));
  }
}
