export interface Message {
  readonly channel: "shell" | "control" | "stdin" | "iopub";
  readonly topic: string;
  readonly type: string;
  readonly header: Readonly<Record<string, string>>;
  readonly parent: Readonly<Record<string, string>>;
  readonly metadata: Readonly<Record<string, unknown>>;
  // biome-ignore lint/suspicious/noExplicitAny: a content is whatever the kernel sent.
  readonly content: any;
  readonly buffers: readonly Buffer[];
  readonly isSigned: boolean;
  /** When it was received, on the clock of performance.now(). */
  readonly at: number;
}

export interface Answered {
  readonly id: string;
  readonly reply: Message;
  readonly iopub: readonly Message[];
}

type Channel = "shell" | "control" | "stdin" | "iopub";

export interface StartOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly key?: string;
  readonly subscribe?: boolean;
}

export class KernelClient {
  static start(
    argv: (connectionFile: string) => readonly string[],
    options?: StartOptions,
  ): Promise<KernelClient>;
  readonly received: Message[];
  readonly stderr: string;
  readonly stdout: string;
  readonly pid: number;
  readonly connectionFile: string;
  readonly exited: Promise<{ readonly code: number | null; readonly signal: string | null }>;
  send(
    channel: Channel,
    type: string,
    content?: object,
    extra?: {
      readonly metadata?: object;
      readonly parent?: object;
      readonly buffers?: readonly Uint8Array[];
    },
  ): string;
  sendFrames(channel: Channel, frames: readonly (string | Uint8Array)[]): Promise<void>;
  find(fits: (message: Message) => boolean, what?: string, patienceMs?: number): Promise<Message>;
  reply(id: string, patienceMs?: number): Promise<Message>;
  idle(id: string, patienceMs?: number): Promise<Message>;
  iopub(id: string): Message[];
  request(
    type: string,
    content?: object,
    options?: { readonly channel?: Channel; readonly metadata?: object; readonly patienceMs?: number },
  ): Promise<Answered>;
  execute(
    code: string,
    content?: object,
    options?: { readonly metadata?: object; readonly patienceMs?: number },
  ): Promise<Answered>;
  ready(patienceMs?: number): Promise<{ readonly ms: number; readonly info: Message }>;
  heartbeat(bytes?: Uint8Array): Promise<Buffer>;
  subscribe(topic: string): void;
  close(): Promise<{ readonly code: number | null; readonly signal: string | null }>;
}
