import type { ActionEnd } from "./promote.ts";

const TRIES_MAX = 3;
const TIMEOUT_MS = 10_000;

/**
 * Posts JSON to an address; tried three times, with a second, then two between. It never throws: what came of it is in the
 * note, without the address's path and query, which may hold a secret.
 */
export async function postWebhook(address: string, body: unknown, pauseMs = 1000): Promise<ActionEnd> {
  const host = URL.canParse(address) ? new URL(address).host : "an address that is none";
  let problem = "";
  for (let tries = 1; tries <= TRIES_MAX; tries++) {
    try {
      const answer = await fetch(address, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(TIMEOUT_MS),
        // An answer that points elsewhere would send this to somebody who was not named.
        redirect: "manual",
      });
      await answer.body?.cancel();
      if (answer.ok) return { isDone: true, note: `told ${host}` };
      problem = `it answered ${answer.status}`;
    } catch (error) {
      const { cause, message } = error as Error;
      problem = cause instanceof Error ? cause.message : message;
    }
    if (tries < TRIES_MAX) await new Promise((resolve) => setTimeout(resolve, pauseMs * tries));
  }
  return { isDone: false, note: `could not tell ${host}: ${problem}` };
}
