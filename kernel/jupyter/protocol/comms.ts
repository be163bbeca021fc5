import type { CommMessage } from "#session";
import type { Content } from "../wire/message.ts";
import type { Cells } from "./cells.ts";
import type { Iopub, Parent } from "./iopub.ts";
import type { Request } from "./request.ts";

/** One end of a comm that the worker answers. */
export interface Comm {
  readonly id: string;
  send(data: object, metadata?: object): void;
  close(data?: object): void;
}

export interface CommHandler {
  message(data: unknown): void;
  /** The front end has closed it, or the kernel ends. */
  closed(): void;
}

/** Targets that the worker answers itself, whatever the main thread does. */
export type WorkerTargets = Readonly<Record<string, (comm: Comm, data: unknown) => CommHandler>>;

export interface CommsOptions {
  readonly cells: Cells;
  readonly iopub: Iopub;
  readonly targets: WorkerTargets;
  /** Gives a message to the cells' comms. */
  readonly toMain: (message: CommMessage) => void;
  /** A handler failed. */
  readonly failed: (error: unknown) => void;
}

interface OpenComm {
  readonly target: string;
  /** Missing: cells answer it. */
  handler?: CommHandler;
}

const EVENTS = { open: "comm_open", message: "comm_msg", close: "comm_close" } as const;

/** All open comms, whoever answers them. */
export class CommDesk {
  private readonly options: CommsOptions;
  private readonly open = new Map<string, OpenComm>();
  private readonly mainTargets = new Set<string>();

  constructor(options: CommsOptions) {
    this.options = options;
  }

  /** Takes `comm_open`, `comm_msg` and `comm_close` of a front end. */
  received(request: Request): void {
    const { header, content, metadata, buffers } = request;
    const { comm_id: id, target_name: target, data = {} } = content;
    if (typeof id !== "string") return;
    const event =
      header.msg_type === "comm_open" ? "open" : header.msg_type === "comm_msg" ? "message" : "close";
    if (event === "open") this.opened(id, String(target), data, request);
    else this.passOn(event, id, data);
    const known = this.open.get(id);
    if (event === "close") this.open.delete(id);
    if (!known || known.handler) return;
    const bytes = buffers.map((buffer) => Uint8Array.from(buffer));
    const open = event === "open" ? { target: known.target } : {};
    this.options.toMain({ event, id, data, metadata, buffers: bytes, ...open });
  }

  /** Cells send a message, or answer a target from now on. */
  sent(message: CommMessage, cell: number | undefined): void {
    const { event, id, target = "" } = message;
    if (event === "open") this.open.set(id, { target });
    if (event === "close") this.open.delete(id);
    this.publish(message, this.options.cells.parentOf(cell));
  }

  registered(target: string): void {
    this.mainTargets.add(target);
  }

  /** @param target only its comms. */
  info(target: unknown): Content {
    const some = [...this.open].filter(([, comm]) => typeof target !== "string" || comm.target === target);
    const comms = Object.fromEntries(some.map(([id, comm]) => [id, { target_name: comm.target }]));
    return { status: "ok", comms };
  }

  /** The kernel ends. */
  close(): void {
    for (const { handler } of this.open.values()) this.guard(() => handler?.closed());
    this.open.clear();
  }

  private opened(id: string, target: string, data: unknown, { header }: Request): void {
    const serve = Object.hasOwn(this.options.targets, target) ? this.options.targets[target] : undefined;
    if (!serve) {
      if (this.mainTargets.has(target)) this.open.set(id, { target });
      else this.publish({ event: "close", id, data: {} }, header);
      return;
    }
    const entry: OpenComm = { target };
    this.open.set(id, entry);
    const say = (message: CommMessage) => {
      // A handler may go on with work for a front end that is gone.
      if (this.open.get(id) === entry) this.publish(message, header);
    };
    const comm: Comm = {
      id,
      send: (content, metadata) => say({ event: "message", id, data: content, metadata: { ...metadata } }),
      close: (content = {}) => {
        say({ event: "close", id, data: content });
        this.open.delete(id);
      },
    };
    // Until the handler is there, a message of its own must not go to the cells.
    entry.handler = { message: () => {}, closed: () => {} };
    this.guard(() => {
      entry.handler = serve(comm, data);
    });
  }

  private passOn(event: "message" | "close", id: string, data: unknown): void {
    const handler = this.open.get(id)?.handler;
    if (!handler) return;
    this.guard(() => (event === "message" ? handler.message(data) : handler.closed()));
  }

  private publish(
    { event, id, target, data, metadata = {}, buffers = [] }: CommMessage,
    parent: Parent,
  ): void {
    const content = { comm_id: id, data: data ?? {}, ...(event === "open" ? { target_name: target } : {}) };
    this.options.iopub.publish(EVENTS[event], parent, content, { metadata, buffers });
  }

  private guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.options.failed(error);
    }
  }
}
