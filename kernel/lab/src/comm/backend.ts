import type { INotebookTracker, NotebookPanel } from "@jupyterlab/notebook";
import { type Kernel, ServerConnection, type ServiceManager } from "@jupyterlab/services";
import { Signal } from "@lumino/signaling";
import { CommError } from "./client.ts";
import { type Link, openLink } from "./link.ts";
import { folderOf } from "./paths.ts";

const KERNEL_NAME = "tickbook";
/** How long a hidden kernel stays when nobody uses it: a panel that closes and opens again keeps it. */
const LINGER_MS = 5_000;

/** All lines to kernels: one for each notebook, and one to a hidden kernel for what has no notebook. */
export class Backend {
  /** A notebook got a line, or lost it. */
  readonly changed = new Signal<this, NotebookPanel>(this);
  private readonly services: ServiceManager.IManager;
  private readonly tracker: INotebookTracker;
  private readonly links = new Map<NotebookPanel, Promise<Link>>();
  /** Kernels that did not answer as tickbook's: asked again only when a user asks, or after a restart. */
  private readonly strangers = new WeakSet<Kernel.IKernelConnection>();
  private hidden: Promise<{ link: Link; kernel: Kernel.IKernelConnection }> | null = null;
  private users = 0;
  private lingering: ReturnType<typeof setTimeout> | undefined;

  constructor(services: ServiceManager.IManager, tracker: INotebookTracker) {
    this.services = services;
    this.tracker = tracker;
    // A page that goes takes its hidden kernel along; a page that is loaded again starts another.
    window.addEventListener("pagehide", () => void this.dropHidden(true));
  }

  /** The line to a notebook's own kernel; opened if need be. Rejects if it has none that is tickbook's. */
  ofNotebook(panel: NotebookPanel): Promise<Link> {
    const known = this.links.get(panel);
    if (known !== undefined) return known;
    const kernel = panel.sessionContext.session?.kernel;
    if (!kernel) return Promise.reject(noKernel());
    const opening = openLink(kernel, folderOf(panel.context.path));
    this.links.set(panel, opening);
    const forget = () => {
      if (this.links.get(panel) !== opening) return;
      this.links.delete(panel);
      this.changed.emit(panel);
    };
    opening.then(
      ({ client }) => {
        client.onClose(forget);
        this.changed.emit(panel);
      },
      () => {
        if (this.links.get(panel) === opening) this.links.delete(panel);
        this.avoid(kernel);
      },
    );
    return opening;
  }

  /** Whether a notebook's kernel may answer: it speaks TypeScript, and has not failed to. */
  mayAnswer(panel: NotebookPanel): boolean {
    const kernel = panel.sessionContext.session?.kernel;
    return kernel != null && isTickbook(panel) && !this.strangers.has(kernel);
  }

  private avoid(kernel: Kernel.IKernelConnection): void {
    this.strangers.add(kernel);
    const again = (_: Kernel.IKernelConnection, status: Kernel.Status) => {
      if (status !== "restarting" && status !== "autorestarting") return;
      this.strangers.delete(kernel);
      kernel.statusChanged.disconnect(again);
    };
    kernel.statusChanged.connect(again);
  }

  /** The line for a notebook: its own kernel's, else the hidden kernel's. Call `release` when it is no longer used. */
  async forNotebook(panel: NotebookPanel): Promise<{ link: Link; release(): void }> {
    try {
      return { link: await this.ofNotebook(panel), release: () => undefined };
    } catch (error) {
      if (panel.sessionContext.session?.kernel && isTickbook(panel)) throw error;
      return this.any();
    }
  }

  /** Any line: of a notebook that is open, else of a hidden kernel. Call `release` when it is no longer used. */
  async any(): Promise<{ link: Link; release(): void }> {
    for (const panel of this.panels()) {
      if (!this.mayAnswer(panel)) continue;
      try {
        return { link: await this.ofNotebook(panel), release: () => undefined };
      } catch {
        // The next one may do.
      }
    }
    return this.acquireHidden();
  }

  private panels(): NotebookPanel[] {
    const found: NotebookPanel[] = [];
    this.tracker.forEach((panel) => {
      found.push(panel);
    });
    return found;
  }

  private async acquireHidden(): Promise<{ link: Link; release(): void }> {
    clearTimeout(this.lingering);
    this.users += 1;
    let isHeld = true;
    const release = () => {
      if (!isHeld) return;
      isHeld = false;
      this.users -= 1;
      clearTimeout(this.lingering);
      if (this.users === 0) this.lingering = setTimeout(() => void this.dropHidden(), LINGER_MS);
    };
    try {
      this.hidden ??= this.startHidden();
      return { link: (await this.hidden).link, release };
    } catch (error) {
      this.hidden = null;
      release();
      throw error;
    }
  }

  private async startHidden() {
    await this.services.kernelspecs.ready;
    if (!this.services.kernelspecs.specs?.kernelspecs[KERNEL_NAME]) throw notInstalled();
    const kernel = await this.services.kernels.startNew({ name: KERNEL_NAME }, { handleComms: true });
    try {
      const link = await openLink(kernel, "");
      const started = { link, kernel };
      link.client.onClose(() => {
        this.hidden = null;
        if (!kernel.isDisposed) void kernel.shutdown().catch(() => undefined);
      });
      return started;
    } catch (error) {
      await kernel.shutdown().catch(() => undefined);
      throw error;
    }
  }

  private async dropHidden(isLeaving = false): Promise<void> {
    const { hidden } = this;
    this.hidden = null;
    const started = await hidden?.catch(() => null);
    if (!started) return;
    if (isLeaving) {
      const { serverSettings } = started.kernel;
      const address = `${serverSettings.baseUrl}api/kernels/${encodeURIComponent(started.kernel.id)}`;
      await ServerConnection.makeRequest(address, { method: "DELETE", keepalive: true }, serverSettings);
    } else started.link.client.close(); // closing shuts the kernel down
  }
}

/** Whether a notebook's kernel speaks TypeScript: the only ones that are asked. */
export function isTickbook(panel: NotebookPanel): boolean {
  const session = panel.sessionContext.session;
  if (session?.kernel) return session.kernel.name === KERNEL_NAME || languageOf(panel) === "typescript";
  return languageOf(panel) === "typescript";
}

function languageOf(panel: NotebookPanel): string {
  const info = panel.context.model.getMetadata("language_info") as { name?: string } | undefined;
  const spec = panel.context.model.getMetadata("kernelspec") as { language?: string } | undefined;
  return (info?.name ?? spec?.language ?? "").toLowerCase();
}

function noKernel(): CommError {
  return new CommError({
    code: "lab.no-kernel",
    message: "This notebook has no kernel.",
    hint: "Choose the kernel tickbook at the top right, then try again.",
  });
}

function notInstalled(): CommError {
  return new CommError({
    code: "lab.no-kernelspec",
    message: "The kernel tickbook is not installed for this JupyterLab.",
    hint: "Run `tickbook jupyter install`, then reload the page.",
  });
}
