import { fail } from "#core";
import type { Content, IncomingMessage, OutgoingMessage } from "../wire/message.ts";

/** A message of a front end on a channel that answers. */
export interface Request extends IncomingMessage {
  readonly channel: "shell" | "control";
}

/** Sends the reply to a request: the type of `x_request` is `x_reply`. */
export type Reply = (request: Request, content: Content, extra?: Partial<OutgoingMessage>) => void;

export function replyType(requestType: string): string {
  return requestType.replace(/_request$/, "_reply");
}

/** A field of a request's content, which must be a text. Errors: `jupyter.bad-request`. */
export function textOf({ header, content }: Request, name: string): string {
  const value = content[name];
  if (typeof value !== "string") {
    fail("jupyter.bad-request", {
      message: `a ${header.msg_type} has ${JSON.stringify(value)} as ${name}, not a text`,
      fields: { type: header.msg_type, name },
    });
  }
  return value;
}

/** What a request answers with when it cannot be served. */
export function errorReply(error: unknown): Record<string, unknown> {
  const { name = "Error", message = String(error) } = (error ?? {}) as { name?: string; message?: string };
  return { status: "error", ename: name, evalue: message, traceback: [`${name}: ${message}`] };
}
