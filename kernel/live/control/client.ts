import { fail } from "#core";
import { readControlAddress } from "../account-folder.ts";
import type { LiveStatus } from "../status.ts";
import type { ControlAction } from "./server.ts";

/** What the daemon of an account's folder says of itself. Errors: `live.not-running`. */
export async function askStatus(folder: string): Promise<LiveStatus> {
  return (await request(folder, "GET", "status")) as LiveStatus;
}

/** Tells the daemon of an account's folder to do something. Errors: `live.not-running`. */
export async function command(folder: string, action: ControlAction): Promise<void> {
  await request(folder, "POST", action);
}

async function request(folder: string, method: "GET" | "POST", path: string): Promise<unknown> {
  const address = await readControlAddress(folder);
  try {
    if (!address) throw new Error("it has no control.json");
    const response = await fetch(`http://127.0.0.1:${address.port}/${path}`, {
      method,
      headers: { authorization: `Bearer ${address.token}` },
      signal: AbortSignal.timeout(5000),
    });
    const body: unknown = await response.json();
    if (!response.ok) throw new Error(JSON.stringify(body));
    return body;
  } catch (cause) {
    return fail("live.not-running", {
      message: `no daemon answers for ${folder}: ${(cause as Error).message}`,
      hint: "Start it: tickbook live <bundle> --account <folder> ...",
      fields: { folder },
      cause,
    });
  }
}
