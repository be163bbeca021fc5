import { fail } from "#core";
import { readControlAddress } from "../account-folder.ts";
import type { LiveStatus } from "../status.ts";
import type { ControlAction } from "./server.ts";

const ANSWER_MS = 5000;

/**
 * What the daemon of an account's folder says of itself. @param patienceMs how long it may take; one that was stopped
 * in the middle takes for ever. Errors: `live.not-running`.
 */
export async function askStatus(folder: string, patienceMs = ANSWER_MS): Promise<LiveStatus> {
  return (await request(folder, "GET", "status", patienceMs, isStatus)) as LiveStatus;
}

/** Tells the daemon of an account's folder to do something. Errors: `live.not-running`. */
export async function command(folder: string, action: ControlAction): Promise<void> {
  await request(folder, "POST", action, ANSWER_MS, ({ accepted }) => accepted === action);
}

type Body = Readonly<Record<string, unknown>>;

function isStatus({ state, strategy, curve }: Body): boolean {
  return typeof state === "string" && typeof strategy === "string" && Array.isArray(curve);
}

/** @param fits whether an answer is one of ours: after a restart of the machine anybody may have the port. */
async function request(
  folder: string,
  method: "GET" | "POST",
  path: string,
  patienceMs: number,
  fits: (body: Body) => boolean,
): Promise<unknown> {
  try {
    const address = await readControlAddress(folder);
    if (!address) throw new Error("it has no control.json");
    const response = await fetch(`http://127.0.0.1:${address.port}/${path}`, {
      method,
      headers: { authorization: `Bearer ${address.token}` },
      signal: AbortSignal.timeout(patienceMs),
    });
    const body: unknown = await response.json();
    if (!response.ok) throw new Error(JSON.stringify(body));
    if (typeof body !== "object" || body === null || !fits(body as Body))
      throw new Error("another program answers there");
    return body;
  } catch (cause) {
    return fail("live.not-running", {
      message: `no daemon answers for ${folder}: ${(cause as Error).message}`,
      hint: "tickbook live ls shows the accounts that trade: give --account .tickbook/live/<account>. Else start it.",
      fields: { folder },
      cause,
    });
  }
}
