import type { InputAnswer } from "../threads.ts";
import type { IncomingMessage, OutgoingMessage } from "../wire/message.ts";
import type { Cells } from "./cells.ts";

export interface InputOptions {
  readonly cells: Cells;
  /** Sends on the stdin channel to one front end. */
  readonly send: (identities: readonly Buffer[], message: OutgoingMessage) => void;
  /** Wakes the main thread, which waits. */
  readonly answer: (answer: InputAnswer) => void;
}

/** Questions of cells to their user. The main thread waits meanwhile, so there is one at a time. */
export class InputDesk {
  private readonly options: InputOptions;
  private isWaiting = false;

  constructor(options: InputOptions) {
    this.options = options;
  }

  ask(cell: number | undefined, prompt: string, isPassword: boolean): void {
    const sent = this.options.cells.of(cell);
    if (!sent?.allowsInput) {
      this.options.answer({ refusal: "the front end that runs this code takes no input" });
      return;
    }
    this.isWaiting = true;
    this.options.send(sent.identities, {
      type: "input_request",
      parent: sent.parent,
      content: { prompt, password: isPassword },
    });
  }

  received({ header, content }: IncomingMessage): void {
    if (header.msg_type !== "input_reply" || !this.isWaiting) return;
    this.isWaiting = false;
    this.options.answer({ value: String(content.value ?? "") });
  }

  /** The cell that asked was stopped: an answer that still comes is for nobody. */
  cancel(): void {
    this.isWaiting = false;
  }
}
