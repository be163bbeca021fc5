import { setTimeout as pause } from "node:timers/promises";
import { createRng } from "#core";
import type { Jitter } from "./options.ts";

/** Waits for a random time. */
export type Delay = () => Promise<void>;

/** Gives each connection delays of its own, repeatable by the seed. Without jitter it gives none. */
export function createDelays(jitter: Jitter | undefined): () => Delay | undefined {
  let streams = 0;
  return () => {
    if (!jitter || jitter.ms === 0) return undefined;
    const rng = createRng(jitter.seed, streams++);
    return async () => {
      await pause(rng.next() * jitter.ms);
    };
  };
}
