import { createHmac, timingSafeEqual } from "node:crypto";
import type { ExchangeKey } from "../options.ts";
import type { Params } from "./params.ts";
import { refuse, refuseMissing } from "./refusal.ts";

const RECV_WINDOW_MS = 5000;
const RECV_WINDOW_MS_MAX = 60_000;
/** How far a client's clock may be ahead of ours. */
const AHEAD_MS = 1000;

/**
 * Whose request it is. Signatures carry the time of the client's clock, so that clock is what they are checked against,
 * and not replay time.
 * @param payload the text that was signed. @returns the account.
 * Errors: -2014, -2015, -1102, -1131, -1021, -1022.
 */
export function authenticate(
  keys: readonly ExchangeKey[],
  apiKey: string | undefined,
  payload: string,
  params: Params,
): number {
  if (!apiKey || !/^[\w-]{1,128}$/.test(apiKey)) refuse(-2014, "API-key format invalid.", 401);
  const account = keys.findIndex((key) => key.apiKey === apiKey);
  if (account < 0) refuse(-2015, "Invalid API-key, IP, or permissions for action.", 401);
  const timestamp = params.integer("timestamp") ?? refuseMissing("timestamp");
  const recvWindow = params.integer("recvWindow") ?? RECV_WINDOW_MS;
  if (recvWindow > RECV_WINDOW_MS_MAX) refuse(-1131, "'recvWindow' must be less than 60000.");
  if (!isSignedBy(keys[account]!.secret, payload, params.mandatory("signature"))) {
    refuse(-1022, "Signature for this request is not valid.");
  }
  const now = Date.now();
  if (timestamp > now + AHEAD_MS) {
    refuse(-1021, "Timestamp for this request was 1000ms ahead of the server's time.");
  }
  if (now - timestamp > recvWindow) {
    refuse(-1021, "Timestamp for this request is outside of the recvWindow.");
  }
  return account;
}

function isSignedBy(secret: string, payload: string, signature: string): boolean {
  const expected = createHmac("sha256", secret).update(payload).digest();
  const given = /^[\da-f]{64}$/i.test(signature) ? Buffer.from(signature, "hex") : Buffer.alloc(32);
  return timingSafeEqual(expected, given);
}
