import { fail } from "#core";

export interface WireOptions {
  /** Lets the address be open to other machines. Messages travel in the clear. Default false. */
  readonly allowRemote?: boolean;
}

/**
 * Refuses what is no address of the bus, and one that other machines can reach unless that is allowed.
 * Errors: `wire.bad-endpoint`, `wire.not-loopback`.
 */
export function checkEndpoint(endpoint: string, { allowRemote = false }: WireOptions): void {
  const match = /^tcp:\/\/(\[[\da-fA-F:.]+\]|[\w.-]+|\*):(\d{1,5})$/.exec(endpoint);
  const host = match?.[1];
  if (host === undefined || Number(match?.[2]) > 65_535) {
    fail("wire.bad-endpoint", {
      message: `"${endpoint}" is not an address of the bus`,
      hint: "Write tcp://127.0.0.1:5555; port 0 takes any free one.",
      fields: { endpoint },
    });
  }
  if (allowRemote || /^(127(\.\d{1,3}){3}|localhost|\[::1\])$/.test(host)) return;
  fail("wire.not-loopback", {
    message: `the bus address ${endpoint} is open to other machines`,
    hint: "Use 127.0.0.1, and a tunnel such as ssh -L to reach it from elsewhere.",
    fields: { endpoint, host },
  });
}

export function isIpv6(endpoint: string): boolean {
  return endpoint.includes("[");
}
