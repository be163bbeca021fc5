/** What a notebook's code sees without an import, beside JavaScript's and Node's own. */
export const NOTEBOOK_GLOBALS = `
interface NotebookShowOptions {
  /** Names the output, so that a later call can replace it. */
  readonly id?: string;
  /** Replaces the outputs of that id in place. */
  readonly update?: boolean;
}
/** Shows a value below the cell. */
declare const display: {
  (value: unknown, options?: NotebookShowOptions): void | Promise<void>;
  html(text: string, options?: NotebookShowOptions): void;
  markdown(text: string, options?: NotebookShowOptions): void;
  /** Removes what the cell has shown; with \`wait\`, when it shows the next thing. */
  clear(options?: { readonly wait?: boolean }): void;
};
/** Asks whoever runs the notebook for a line of text; \`fallback\` is the answer when none is given. */
declare const prompt: {
  (text?: string, fallback?: string): string;
  /** What is typed is not shown. */
  password(text?: string): string;
};
/** Asks whoever runs the notebook a yes-or-no question. */
declare function confirm(text?: string): boolean;
interface NotebookCommExtra {
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** Binary parts, sent beside the JSON. */
  readonly buffers?: readonly Uint8Array[];
}
interface NotebookComm {
  readonly id: string;
  send(data: unknown, extra?: NotebookCommExtra): void;
  close(data?: unknown): void;
  onMessage(receive: (data: any, message: { readonly buffers?: readonly Uint8Array[] }) => void): NotebookComm;
  onClose(closed: (data: any) => void): NotebookComm;
}
/** Channels of messages to code of the front end. */
declare const comm: {
  /** Answers the comms that the front end opens with this target. */
  register(target: string, opened: (comm: NotebookComm, data: any) => void): void;
  open(target: string, data?: unknown, extra?: NotebookCommExtra): NotebookComm;
};
`;
