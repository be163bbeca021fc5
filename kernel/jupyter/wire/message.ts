import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";
import { userInfo } from "node:os";
import type { Connection } from "./connection-file.ts";

/** The version of the Jupyter messaging protocol that is spoken here. */
export const PROTOCOL_VERSION = "5.4";
const DELIMITER = Buffer.from("<IDS|MSG>");
/** Signature, header, parent header, metadata, content. */
const PARTS = 5;

export interface Header {
  readonly msg_id: string;
  readonly msg_type: string;
  readonly session?: string;
  readonly username?: string;
  readonly date?: string;
  readonly version?: string;
}

export interface IncomingMessage {
  /** Where the answer goes: what the router socket put in front. */
  readonly identities: readonly Buffer[];
  readonly header: Header;
  readonly parent: Partial<Header>;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly content: Readonly<Record<string, unknown>>;
  readonly buffers: readonly Buffer[];
}

export interface OutgoingMessage {
  readonly type: string;
  /** The header of the request that caused it; empty if none did. */
  readonly parent: Partial<Header>;
  readonly content: Content;
  readonly metadata?: object;
  readonly buffers?: readonly Uint8Array[];
}

/** A content, or its JSON where that is made already: large figures are not parsed only to be written again. */
export type Content = Readonly<Record<string, unknown>> | { readonly json: string };

/** Makes and reads the frames of messages. */
export class Codec {
  private readonly connection: Pick<Connection, "key" | "hash">;
  private readonly session = randomUUID();
  private readonly username = nameOfUser();
  private count = 0;

  constructor(connection: Pick<Connection, "key" | "hash">) {
    this.connection = connection;
  }

  /** @param prefix identities or the topic. */
  encode(prefix: readonly (Buffer | string)[], message: OutgoingMessage): (Buffer | string | Uint8Array)[] {
    const { type, parent, content, metadata = {}, buffers = [] } = message;
    const header: Header = {
      msg_id: `${this.session}_${++this.count}`,
      msg_type: type,
      session: this.session,
      username: this.username,
      date: new Date().toISOString(),
      version: PROTOCOL_VERSION,
    };
    const parts = [
      JSON.stringify(header),
      JSON.stringify(parent),
      JSON.stringify(metadata),
      isJson(content) ? content.json : JSON.stringify(content),
    ];
    return [...prefix, DELIMITER, this.signatureOf(parts), ...parts, ...buffers];
  }

  /** @returns a text that says what is wrong with the frames. */
  decode(frames: readonly Buffer[]): IncomingMessage | string {
    const at = frames.findIndex((frame) => frame.equals(DELIMITER));
    if (at < 0) return "it has no delimiter";
    if (frames.length < at + 1 + PARTS) return `it has ${frames.length - at - 1} parts, not ${PARTS}`;
    const [signature, ...parts] = frames.slice(at + 1, at + 1 + PARTS) as [Buffer, ...Buffer[]];
    if (!this.isSigned(parts, signature)) return "its signature is wrong";
    const [header, parent, metadata, content] = parts.map(parseObject);
    if (!header || !parent || !metadata || !content) return "a part of it is no JSON object";
    if (typeof header.msg_id !== "string" || typeof header.msg_type !== "string") {
      return "its header has no msg_id or msg_type";
    }
    return {
      identities: frames.slice(0, at),
      header: header as unknown as Header,
      parent: parent as Partial<Header>,
      metadata,
      content,
      buffers: frames.slice(at + 1 + PARTS),
    };
  }

  private signatureOf(parts: readonly (Buffer | string)[]): string {
    const { key, hash } = this.connection;
    if (key === "") return "";
    const hmac = createHmac(hash, key);
    for (const part of parts) hmac.update(part);
    return hmac.digest("hex");
  }

  private isSigned(parts: readonly Buffer[], signature: Buffer): boolean {
    if (this.connection.key === "") return true;
    const wanted = Buffer.from(this.signatureOf(parts));
    return wanted.length === signature.length && timingSafeEqual(wanted, signature);
  }
}

function isJson(content: Content): content is { readonly json: string } {
  return typeof content.json === "string" && Object.keys(content).length === 1;
}

function parseObject(part: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(part.toString("utf8"));
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function nameOfUser(): string {
  try {
    return userInfo().username;
  } catch {
    // A container's user may have no entry.
    return "kernel";
  }
}
