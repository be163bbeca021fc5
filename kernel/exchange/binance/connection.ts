import type { WebSocket } from "ws";
import type { Delay } from "../jitter.ts";

/** What may wait for a slow client before it is cut off: bytes in the socket, and messages held back by jitter. */
const BUFFER_BYTES_MAX = 2 ** 24;
const WAITING_MAX = 10_000;

/** A client's socket: messages go out in order, each after a delay of its own if there is jitter. */
export class Connection {
  readonly socket: WebSocket;
  private readonly delay: Delay | undefined;
  private waiting = 0;
  /** Settles when all that waits was sent. Never rejects. */
  private last: Promise<void> = Promise.resolve();

  constructor(socket: WebSocket, delay: Delay | undefined) {
    this.socket = socket;
    this.delay = delay;
  }

  /** Sends a message, or cuts off a client that does not read. @returns when it is with the socket. */
  send(message: object): Promise<void> {
    const text = JSON.stringify(message);
    if (this.socket.bufferedAmount > BUFFER_BYTES_MAX || this.waiting >= WAITING_MAX) {
      this.socket.terminate();
      return this.last;
    }
    if (this.delay) this.last = this.sendLater(text, this.delay);
    else this.sendNow(text);
    return this.last;
  }

  private async sendLater(text: string, delay: Delay): Promise<void> {
    const before = this.last;
    this.waiting++;
    await before;
    await delay();
    this.waiting--;
    this.sendNow(text);
  }

  private sendNow(text: string): void {
    // A message to a socket that is closing is lost, as on any network.
    if (this.socket.readyState === this.socket.OPEN) this.socket.send(text, () => {});
  }
}
