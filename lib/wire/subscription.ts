import type { Subscriber } from "zeromq";
import { decodeValue } from "#core";
import { checkEndpoint, isIpv6, type WireOptions } from "./endpoint.ts";

const RECONNECT_MS = 100;
const RECONNECT_MAX_MS = 2000;
/** A publisher that vanished without a word is noticed after this. */
const SILENCE_MAX_MS = 5000;
const MESSAGE_BYTES_MAX = 2 ** 24;

export interface Subscription {
  /** Messages that could not be read, and were skipped. */
  readonly malformed: number;
  /** After this no message comes. Closing again does nothing. */
  close(): Promise<void>;
}

/**
 * Hears what is published on a topic from now on. The publisher need not be there yet, and may restart on the same
 * address: the connection is made again for ever. What is published in between is not heard.
 * @param onMessage gets the message, deeply frozen. What it throws is an uncaught exception; messages go on coming.
 * Errors: `wire.bad-endpoint`, `wire.not-loopback`.
 */
export async function subscribe(
  endpoint: string,
  topic: string,
  onMessage: (message: unknown) => void,
  options: WireOptions = {},
): Promise<Subscription> {
  checkEndpoint(endpoint, options);
  const zeromq = await import("zeromq");
  const socket = new zeromq.Subscriber({
    linger: 0,
    ipv6: isIpv6(endpoint),
    maxMessageSize: MESSAGE_BYTES_MAX,
    reconnectInterval: RECONNECT_MS,
    reconnectMaxInterval: RECONNECT_MAX_MS,
    heartbeatInterval: SILENCE_MAX_MS / 2,
    heartbeatTimeout: SILENCE_MAX_MS,
  });
  socket.connect(endpoint);
  socket.subscribe(topic);
  return new SocketSubscription(socket, topic, onMessage);
}

class SocketSubscription implements Subscription {
  private readonly socket: Subscriber;
  private readonly topic: string;
  private readonly onMessage: (message: unknown) => void;
  private readonly ended: Promise<void>;
  private unreadable = 0;

  constructor(socket: Subscriber, topic: string, onMessage: (message: unknown) => void) {
    this.socket = socket;
    this.topic = topic;
    this.onMessage = onMessage;
    this.ended = this.receiveAll();
  }

  get malformed(): number {
    return this.unreadable;
  }

  async close(): Promise<void> {
    this.socket.close();
    await this.ended;
  }

  private async receiveAll(): Promise<void> {
    for await (const frames of this.socket) {
      if (this.socket.closed) return;
      // The socket lets topics pass that begin with ours.
      if (frames[0]?.toString() === this.topic) this.receive(frames);
    }
  }

  private receive(frames: readonly Buffer[]): void {
    let message: unknown;
    try {
      if (frames.length !== 2) throw new Error("a message is a topic and a text");
      message = decodeValue(String(frames[1]));
    } catch {
      this.unreadable++;
      return;
    }
    try {
      this.onMessage(message);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }
}
