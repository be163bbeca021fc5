import { fail } from "#core";

/** What goes through a comm: a channel of messages between cells and code of the front end. */
export interface CommMessage {
  readonly event: "open" | "message" | "close";
  readonly id: string;
  /** Who shall answer; set when a comm opens. */
  readonly target?: string;
  readonly data: unknown;
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** Binary parts, sent beside the JSON. */
  readonly buffers?: readonly Uint8Array[];
}

/** The front end as a session sees it. `cell` is the one that sends. */
export interface CommPort {
  send(message: CommMessage, cell: number | undefined): void;
  /** Cells answer comms of this target from now on. */
  registered(target: string): void;
}

type Extra = Pick<CommMessage, "metadata" | "buffers">;

/** One end of an open comm, as cells use it. */
export interface CellComm {
  readonly id: string;
  send(data: unknown, extra?: Extra): void;
  close(data?: unknown): void;
  /** Called for every message of the front end; returns the comm. */
  onMessage(receive: (data: unknown, message: CommMessage) => void): CellComm;
  onClose(closed: (data: unknown) => void): CellComm;
}

/** The global `comm` of a notebook. */
export interface CommApi {
  /** Answers the comms that the front end opens with this target. */
  register(target: string, opened: (comm: CellComm, data: unknown, message: CommMessage) => void): void;
  /** Opens a comm to code of the front end. */
  open(target: string, data?: unknown, extra?: Extra): CellComm;
}

/** Runs a handler as code of the cell that set it up, so that what it prints appears there. */
export interface CellOwner {
  current(): number | undefined;
  run(cell: number | undefined, work: () => void): void;
}

/** The comms of a session. Without a port they go nowhere, so that a notebook also runs where no front end is. */
export class Comms {
  readonly api: CommApi;
  private readonly port: CommPort | undefined;
  private readonly owner: CellOwner;
  private readonly targets = new Map<
    string,
    { readonly cell: number | undefined; readonly opened: Parameters<CommApi["register"]>[1] }
  >();
  private readonly open = new Map<string, OpenComm>();

  constructor(port: CommPort | undefined, owner: CellOwner) {
    this.port = port;
    this.owner = owner;
    this.api = {
      register: (target, opened) => {
        this.targets.set(target, { cell: owner.current(), opened });
        port?.registered(target);
      },
      open: (target, data = {}, extra = {}) => {
        const comm = this.create(globalThis.crypto.randomUUID(), owner.current());
        this.send({ event: "open", id: comm.id, target, data, ...extra });
        return comm;
      },
    };
  }

  /** Takes a message of the front end. One for a comm that is not open is late: it is dropped. */
  receive(message: CommMessage): void {
    const { event, id, target, data } = message;
    if (event === "open") {
      const known = this.targets.get(target ?? "");
      if (!known) {
        this.send({ event: "close", id, data: {} });
        return;
      }
      const comm = this.create(id, known.cell);
      this.owner.run(known.cell, () => known.opened(comm, data, message));
      return;
    }
    const comm = this.open.get(id);
    if (event === "close") this.open.delete(id);
    this.owner.run(comm?.cell, () => comm?.receive(message));
  }

  private create(id: string, cell: number | undefined): OpenComm {
    const comm = new OpenComm(id, cell, (message) => {
      if (!this.open.has(id)) {
        fail("session.bad-comm", { message: `the comm ${id} is closed and can send nothing more` });
      }
      if (message.event === "close") this.open.delete(id);
      this.send(message);
    });
    this.open.set(id, comm);
    return comm;
  }

  private send(message: CommMessage): void {
    this.port?.send(message, this.owner.current());
  }
}

class OpenComm implements CellComm {
  readonly id: string;
  readonly cell: number | undefined;
  private readonly post: (message: CommMessage) => void;
  private readonly receivers: ((data: unknown, message: CommMessage) => void)[] = [];
  private readonly closers: ((data: unknown) => void)[] = [];

  constructor(id: string, cell: number | undefined, post: (message: CommMessage) => void) {
    this.id = id;
    this.cell = cell;
    this.post = post;
  }

  send(data: unknown, extra: Extra = {}): void {
    this.post({ event: "message", id: this.id, data, ...extra });
  }

  close(data: unknown = {}): void {
    this.post({ event: "close", id: this.id, data });
  }

  onMessage(receive: (data: unknown, message: CommMessage) => void): CellComm {
    this.receivers.push(receive);
    return this;
  }

  onClose(closed: (data: unknown) => void): CellComm {
    this.closers.push(closed);
    return this;
  }

  receive(message: CommMessage): void {
    if (message.event === "close") for (const closed of this.closers) closed(message.data);
    else for (const receive of this.receivers) receive(message.data, message);
  }
}
