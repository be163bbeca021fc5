import { type ErrorData, type FromKernel, type Hello, PROTOCOL, type ToKernel } from "./protocol.ts";

/** A two-way line to the kernel. Messages arrive whole and in order. */
export interface Transport {
  send(message: ToKernel): void;
  /** Called by the client once; the transport keeps both for its life. */
  listen(onMessage: (message: FromKernel) => void, onClose: () => void): void;
  close(): void;
}

/** An error that the kernel told, or `lab.*` if the line itself failed. */
export class CommError extends Error {
  readonly data: ErrorData;

  constructor(data: ErrorData) {
    super(data.message);
    this.name = "CommError";
    this.data = data;
  }
}

/** The data of any error, for a dialog. */
export function errorData(error: unknown): ErrorData {
  if (error instanceof CommError) return error.data;
  return { code: "lab.failed", message: error instanceof Error ? error.message : String(error) };
}

export interface RequestOptions<P> {
  readonly onProgress?: (progress: P) => void;
  /** When it aborts, the kernel is told, and the request fails with `lab.cancelled`. */
  readonly signal?: AbortSignal;
}

interface Pending {
  resolve(result: unknown): void;
  reject(error: CommError): void;
  progress(value: unknown): void;
}

/** Requests, progress, cancelling and events over one line. It is finished when the line is: make another. */
export class Client {
  /** What the kernel said first; rejects if the line closes before, or speaks another protocol. */
  readonly hello: Promise<Hello>;
  private readonly transport: Transport;
  private readonly pending = new Map<number, Pending>();
  private readonly listeners = new Map<string, Set<(value: unknown) => void>>();
  private readonly closers = new Set<() => void>();
  private lastId = 0;
  private closed = false;
  private greet: { resolve(hello: Hello): void; reject(error: CommError): void };

  constructor(transport: Transport) {
    this.transport = transport;
    this.greet = { resolve: () => undefined, reject: () => undefined };
    this.hello = new Promise((resolve, reject) => {
      this.greet = { resolve, reject };
    });
    this.hello.catch(() => undefined);
    transport.listen(
      (message) => this.receive(message),
      () => this.end(disconnected()),
    );
  }

  get isClosed(): boolean {
    return this.closed;
  }

  /** Asks the kernel. Rejects with a `CommError`; never hangs beyond the life of the line. */
  request<R, P = unknown>(method: string, params: unknown, options: RequestOptions<P> = {}): Promise<R> {
    if (this.closed) return Promise.reject(disconnected());
    const { signal, onProgress } = options;
    if (signal?.aborted) return Promise.reject(cancelled());
    const id = ++this.lastId;
    return new Promise<R>((resolve, reject) => {
      const cancel = () => {
        this.pending.delete(id);
        this.transport.send({ id, cancel: true });
        reject(cancelled());
      };
      const settle = () => {
        this.pending.delete(id);
        signal?.removeEventListener("abort", cancel);
      };
      this.pending.set(id, {
        resolve: (result) => {
          settle();
          resolve(result as R);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
        progress: (value) => onProgress?.(value as P),
      });
      signal?.addEventListener("abort", cancel, { once: true });
      this.transport.send({ id, method, params });
    });
  }

  /** Tells the kernel something that has no answer. */
  tell(message: ToKernel): void {
    if (!this.closed) this.transport.send(message);
  }

  /** Listens to an event of the kernel; returns how to stop. */
  on<T>(event: string, listener: (value: T) => void): () => void {
    const heard = listener as (value: unknown) => void;
    const set = this.listeners.get(event) ?? new Set();
    this.listeners.set(event, set.add(heard));
    return () => void set.delete(heard);
  }

  /** Called once when the line is gone, at once if it is already. */
  onClose(listener: () => void): void {
    if (this.closed) listener();
    else this.closers.add(listener);
  }

  close(): void {
    if (this.closed) return;
    this.transport.close();
    this.end(disconnected());
  }

  private receive(message: FromKernel): void {
    if (this.closed) return;
    if ("hello" in message) {
      this.welcome(message.hello);
      return;
    }
    if ("event" in message) {
      for (const listener of this.listeners.get(message.event) ?? []) listener(message.value);
      return;
    }
    const pending = this.pending.get(message.id);
    if (!pending) return; // cancelled meanwhile
    if ("progress" in message) pending.progress(message.progress);
    else if ("error" in message) pending.reject(new CommError(message.error));
    else pending.resolve(message.result);
  }

  private welcome(hello: Hello): void {
    if (hello.protocol === PROTOCOL) {
      this.greet.resolve(hello);
      return;
    }
    this.transport.close();
    this.end(
      new CommError({
        code: "lab.other-protocol",
        message: `The kernel is tickbook ${hello.version} and speaks protocol ${hello.protocol}, this extension ${PROTOCOL}.`,
        hint: "Run `tickbook jupyter install` with the version that the notebook uses, then reload the page.",
      }),
    );
  }

  private end(error: CommError): void {
    if (this.closed) return;
    this.closed = true;
    this.greet.reject(error);
    for (const pending of [...this.pending.values()]) pending.reject(error);
    for (const listener of this.closers) listener();
    this.closers.clear();
    this.listeners.clear();
  }
}

function disconnected(): CommError {
  return new CommError({
    code: "lab.disconnected",
    message: "The kernel has gone, so it can't answer.",
    hint: "Start the kernel again, then try again.",
  });
}

function cancelled(): CommError {
  return new CommError({ code: "lab.cancelled", message: "Cancelled." });
}
