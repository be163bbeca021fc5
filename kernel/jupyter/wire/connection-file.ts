import { readFileSync } from "node:fs";
import { fail } from "#core";

export type ChannelName = "shell" | "control" | "stdin" | "iopub" | "hb";
export const CHANNELS: readonly ChannelName[] = ["shell", "control", "stdin", "iopub", "hb"];

/** What a front end writes for the kernel that it starts: where to listen, and the key of all signatures. */
export interface Connection {
  readonly address: (channel: ChannelName) => string;
  /** Empty: messages carry no signature. */
  readonly key: string;
  /** The hash of the signatures, as Node names it: "sha256". */
  readonly hash: string;
}

/** Errors: `jupyter.bad-connection-file`. */
export function readConnection(path: string): Connection {
  let content: Record<string, unknown>;
  try {
    content = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
  } catch (cause) {
    return refuse(path, (cause as Error).message, cause);
  }
  const { transport = "tcp", ip = "127.0.0.1", key = "", signature_scheme: scheme = "hmac-sha256" } = content;
  if (transport !== "tcp" && transport !== "ipc") refuse(path, `transport is ${JSON.stringify(transport)}`);
  if (typeof ip !== "string") refuse(path, `ip is ${JSON.stringify(ip)}`);
  if (typeof key !== "string") refuse(path, "key is not a text");
  const hash = /^hmac-(\w+)$/.exec(String(scheme))?.[1];
  if (!hash) refuse(path, `signature_scheme is ${JSON.stringify(scheme)}`);
  const ports = new Map(CHANNELS.map((channel) => [channel, portOf(path, content, channel)]));
  const separator = transport === "ipc" ? "-" : ":";
  return { address: (channel) => `${transport}://${ip}${separator}${ports.get(channel)}`, key, hash };
}

function portOf(path: string, content: Record<string, unknown>, channel: ChannelName): number {
  const port = content[`${channel}_port`];
  if (!Number.isInteger(port)) refuse(path, `${channel}_port is ${JSON.stringify(port)}`);
  return port as number;
}

function refuse(path: string, problem: string, cause?: unknown): never {
  fail("jupyter.bad-connection-file", {
    message: `the connection file ${path} cannot be used: ${problem}`,
    fields: { path },
    ...(cause === undefined ? {} : { cause }),
  });
}
