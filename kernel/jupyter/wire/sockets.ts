import { setTimeout as pause } from "node:timers/promises";
import type { Message, MessageLike, Reply, Router, XPublisher } from "zeromq";
import type { ChannelName, Connection } from "./connection-file.ts";

/** How long unsent messages may keep a closed socket alive. */
const LINGER_MS = 500;
/** A front end connects its sockets one after the other: a first cell may ask before the one for input is there. */
const STDIN_ATTEMPTS = 100;
const ATTEMPT_MS = 50;

export type RouterName = "shell" | "control" | "stdin";

export interface SocketEvents {
  received(channel: RouterName, frames: readonly Buffer[]): void;
  /** A front end has subscribed to iopub. */
  subscribed(topic: Buffer): void;
  /** A socket cannot be read or written any more. */
  failed(channel: ChannelName, error: unknown): void;
}

/** The five sockets of a kernel. */
export interface KernelSockets {
  /** Sends in the order of calls. */
  send(channel: RouterName | "iopub", frames: MessageLike[]): void;
  /** Resolves when all that was to be sent has been handed to ZeroMQ, then closes. */
  close(): Promise<void>;
}

/** Errors: those of ZeroMQ, such as a port in use. */
export async function openSockets(connection: Connection, events: SocketEvents): Promise<KernelSockets> {
  const zeromq = await import("zeromq");
  // Without a high-water mark, output waits for a slow reader and is never dropped.
  const options = { sendHighWaterMark: 0, receiveHighWaterMark: 0, linger: LINGER_MS };
  const routers = {
    shell: new zeromq.Router(options),
    control: new zeromq.Router(options),
    // A question that can't reach its front end is an error here, and is not dropped.
    stdin: new zeromq.Router({ ...options, mandatory: true }),
  };
  const iopub = new zeromq.XPublisher(options);
  // Each subscriber is told that it is one, also when another has the same topic.
  iopub.verbosity = "allSubs";
  const heartbeat = new zeromq.Reply(options);
  const all = { ...routers, iopub, hb: heartbeat };
  await Promise.all(
    Object.entries(all).map(([name, socket]) => socket.bind(connection.address(name as ChannelName))),
  );
  for (const name of ["shell", "control", "stdin"] as const) {
    follow(name, routers[name], events, (frames) => events.received(name, frames));
  }
  follow("iopub", iopub, events, ([frame]) => {
    if (frame?.[0] === 1) events.subscribed(frame.subarray(1));
  });
  follow("hb", heartbeat, events, (frames) => heartbeat.send([...frames]));
  const outboxes = new Map(
    Object.entries({ ...routers, iopub }).map(([name, socket]) => [
      name,
      new Outbox(socket, name === "stdin" ? STDIN_ATTEMPTS : 1, (error) =>
        events.failed(name as ChannelName, error),
      ),
    ]),
  );
  return {
    send: (channel, frames) => outboxes.get(channel)?.push(frames),
    async close() {
      await Promise.all([...outboxes.values()].map((outbox) => outbox.sent()));
      for (const socket of Object.values(all)) socket.close();
    },
  };
}

function follow(
  name: ChannelName,
  socket: Router | XPublisher | Reply,
  events: SocketEvents,
  receive: (frames: Message[]) => unknown,
): void {
  const read = async () => {
    for await (const frames of socket) await receive(frames as Message[]);
  };
  read().catch((error: unknown) => {
    if (!socket.closed) events.failed(name, error);
  });
}

/** A socket takes one message at a time. */
class Outbox {
  private readonly socket: Router | XPublisher;
  private readonly attempts: number;
  private readonly failed: (error: unknown) => void;
  private waiting: MessageLike[][] = [];
  private pumping: Promise<void> | undefined;

  /** @param attempts how often a message is offered to a front end that is not connected. */
  constructor(socket: Router | XPublisher, attempts: number, failed: (error: unknown) => void) {
    this.socket = socket;
    this.attempts = attempts;
    this.failed = failed;
  }

  push(frames: MessageLike[]): void {
    this.waiting.push(frames);
    this.pumping ??= this.pump();
  }

  async sent(): Promise<void> {
    await this.pumping;
  }

  private async pump(): Promise<void> {
    while (this.waiting.length > 0) {
      const batch = this.waiting;
      this.waiting = [];
      for (const frames of batch) {
        await this.offer(frames);
      }
    }
    this.pumping = undefined;
  }

  /** A front end that went away gets nothing more; the others do. */
  private async offer(frames: MessageLike[]): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.socket.send(frames);
        return;
      } catch (error) {
        if ((error as { code?: unknown }).code !== "EHOSTUNREACH") this.failed(error);
        else if (attempt < this.attempts) {
          await pause(ATTEMPT_MS);
          continue;
        }
        return;
      }
    }
  }
}
