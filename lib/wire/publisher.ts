import type { Publisher as Socket } from "zeromq";
import { encodeValue, fail } from "#core";
import { checkEndpoint, isIpv6, type WireOptions } from "./endpoint.ts";
import { Outbox } from "./outbox.ts";

/** Messages that wait for the socket. */
const CAPACITY = 1000;
/** Messages that wait for each slow subscriber: the library drops new ones, so all that wait here must fit at once. */
const BEHIND_MAX = 4 * CAPACITY;
/** How long closing goes on delivering. */
const LINGER_MS = 500;

/** Tells many what happens, and waits for nobody: for dashboards and logs, never for orders. */
export interface Publisher {
  /** The address that it listens on, with its real port. */
  readonly endpoint: string;
  /** Messages that gave way to newer ones because too many waited to be sent. */
  readonly dropped: number;
  /** Messages that have no canonical text, and were not sent. */
  readonly refused: number;
  /**
   * Sends to all who subscribed to the topic by now. Never blocks or throws. A subscriber that falls 4000 messages
   * behind loses those that come until it has caught up.
   * @param message plain data, as `encodeValue` takes it; may be changed afterwards.
   */
  publish(topic: string, message: object): void;
  /** Sends what waits, then frees the address. Closing again does nothing. */
  close(): Promise<void>;
}

/**
 * Listens for subscribers. @param endpoint "tcp://127.0.0.1:5555"; port 0 takes any free one.
 * Errors: `wire.bad-endpoint`, `wire.not-loopback`, `wire.address-in-use`.
 */
export async function openPublisher(endpoint: string, options: WireOptions = {}): Promise<Publisher> {
  checkEndpoint(endpoint, options);
  const zeromq = await import("zeromq");
  const socket = new zeromq.Publisher({
    linger: LINGER_MS,
    sendHighWaterMark: BEHIND_MAX,
    ipv6: isIpv6(endpoint),
  });
  try {
    await socket.bind(endpoint);
  } catch (cause) {
    socket.close();
    refuseAddress(endpoint, cause);
  }
  return new SocketPublisher(socket, socket.lastEndpoint ?? endpoint);
}

function refuseAddress(endpoint: string, cause: unknown): never {
  const isInUse = (cause as { code?: unknown }).code === "EADDRINUSE";
  fail(isInUse ? "wire.address-in-use" : "wire.bad-endpoint", {
    message: `the bus cannot listen on ${endpoint}: ${(cause as Error).message}`,
    hint: isInUse
      ? "Give another port, or stop the program that listens there."
      : "Give an address of this machine, such as tcp://127.0.0.1:5555.",
    fields: { endpoint },
    cause,
  });
}

class SocketPublisher implements Publisher {
  readonly endpoint: string;
  private readonly socket: Socket;
  private readonly outbox = new Outbox(CAPACITY);
  private refusals = 0;
  private isClosed = false;
  /** Settles when nothing waits any more. */
  private sending: Promise<void> | undefined;

  constructor(socket: Socket, endpoint: string) {
    this.socket = socket;
    this.endpoint = endpoint;
  }

  get dropped(): number {
    return this.outbox.dropped;
  }

  get refused(): number {
    return this.refusals;
  }

  publish(topic: string, message: object): void {
    if (this.isClosed) return;
    try {
      this.outbox.add(topic, encodeValue(message, topic));
    } catch {
      this.refusals++;
      return;
    }
    this.sending ??= this.sendAll();
  }

  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    await this.sending;
    // The address is free when the library's own thread has closed it, which it tells.
    const freed = new Promise<void>((resolve) => {
      this.socket.events.on("close", () => resolve());
    });
    await this.socket.unbind(this.endpoint);
    await freed;
    this.socket.close();
  }

  /** One after the other: the socket takes no second message before the first is with it. */
  private async sendAll(): Promise<void> {
    for (let next = this.outbox.take(); next; next = this.outbox.take()) {
      await this.socket.send([next.topic, next.text]).catch(() => {
        this.refusals++;
      });
    }
    this.sending = undefined;
  }
}
