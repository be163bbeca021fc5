import type { Content, Header, OutgoingMessage } from "../wire/message.ts";

export type Parent = Partial<Header>;

/** Text is kept together for so long, unless something else is to be sent: ten thousand lines are a few messages. */
const STREAM_DELAY_MS = 20;
const STREAM_LENGTH = 2 ** 16;

interface Waiting {
  readonly parent: Parent;
  readonly name: "stdout" | "stderr";
  readonly texts: string[];
  length: number;
}

/** What all front ends see, in the order in which it happened. */
export class Iopub {
  private readonly send: (topic: string, message: OutgoingMessage) => void;
  private waiting: Waiting | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(send: (topic: string, message: OutgoingMessage) => void) {
    this.send = send;
  }

  stream(parent: Parent, name: "stdout" | "stderr", text: string): void {
    if (this.waiting && (this.waiting.parent !== parent || this.waiting.name !== name)) this.flush();
    this.waiting ??= { parent, name, texts: [], length: 0 };
    this.waiting.texts.push(text);
    this.waiting.length += text.length;
    if (this.waiting.length >= STREAM_LENGTH) this.flush();
    else this.timer ??= setTimeout(() => this.flush(), STREAM_DELAY_MS);
  }

  publish(type: string, parent: Parent, content: Content, extra: Partial<OutgoingMessage> = {}): void {
    this.flush();
    this.send(type, { type, parent, content, ...extra });
  }

  status(state: "starting" | "busy" | "idle", parent: Parent): void {
    this.publish("status", parent, { execution_state: state });
  }

  /** Sends the text that waits. */
  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const { waiting } = this;
    if (!waiting) return;
    this.waiting = undefined;
    const content = { name: waiting.name, text: waiting.texts.join("") };
    this.send("stream", { type: "stream", parent: waiting.parent, content });
  }
}
