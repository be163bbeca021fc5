import type { Millis } from "#core";

/** Decides when the replay goes on. Both waits reject with {@link PACER_CLOSED} once it is closed. */
export interface Pacer {
  /** What the replay waits for, to be shown; undefined if for nothing but time. */
  readonly waitsFor: string | undefined;
  /** Resolves when one more message may be sent; what it resolved for still holds when its caller goes on. */
  ready(): Promise<void>;
  /** Waits for a replay time. False if a command came first: then there may be something to tell. */
  reach(time: Millis): Promise<boolean>;
  /** A command has come. */
  wake(): void;
  close(): Promise<void>;
}

export const PACER_CLOSED = Symbol("pacer closed");

/** The longest a timer can take. */
export const TIMER_MS_MAX = 2 ** 31 - 1;
