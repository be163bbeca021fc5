import { type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import { assert, TickbookError } from "#core";
import type { AskInput, InputRequest } from "#session";
import type { InputAnswer } from "../threads.ts";

export interface AskUserOptions {
  readonly send: (request: InputRequest) => void;
  readonly inputPort: MessagePort;
  /** Turns 1 when the answer is on the port. */
  readonly signal: Int32Array;
}

/** Asks through the worker, and waits: an interrupt ends the wait. Errors: `session.no-input`. */
export function createAskUser({ send, inputPort, signal }: AskUserOptions): AskInput {
  return (request) => {
    // An answer to a question that was interrupted.
    while (receiveMessageOnPort(inputPort));
    Atomics.store(signal, 0, 0);
    send(request);
    Atomics.wait(signal, 0, 0);
    const answer = receiveMessageOnPort(inputPort)?.message as InputAnswer | undefined;
    assert(answer, "the worker puts the answer on the port before it wakes this thread");
    if ("value" in answer) return answer.value;
    const error = new TickbookError("session.no-input", {
      message: `"${request.prompt.trim()}" cannot be asked: ${answer.refusal}`,
    });
    error.name = "StdinNotAllowed";
    throw error;
  };
}
