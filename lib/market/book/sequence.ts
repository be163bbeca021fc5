/**
 * Is a depth message the next one? Each venue numbers its messages in its own way:
 *
 *   binance-spot     a message covers the updates firstId to lastId; the next begins with lastId + 1. After a snapshot
 *                    of update s the first message must cover s + 1; messages up to s are dropped
 *   binance-futures  a message names the lastId of the one before (previousId). After a snapshot of update s the first
 *                    message must have firstId <= s <= lastId; messages that end before s are dropped
 *   bybit            lastId rises by 1; a snapshot starts anew
 *   none             the venue numbers nothing (Coinbase level2): what is lost can't be known
 *
 * The chain is followed also before the snapshot, so that a message lost there is known, too.
 */
export type SequenceRule = "binance-spot" | "binance-futures" | "bybit" | "none";

/** A message's numbers; NaN where the venue gives none. */
export interface MessageIds {
  readonly firstId: number;
  readonly lastId: number;
  readonly previousId: number;
  readonly isSnapshot: boolean;
}

/** A message is missing: the number that should have come, and the one that did. */
export interface SequenceGap {
  readonly expected: number;
  readonly seen: number;
}

/** What to do with the message. "wait": there was no snapshot yet; keep it. "old": the book has it already. */
export type SequenceVerdict = "apply" | "wait" | "old" | SequenceGap;

export interface SequenceState {
  /** lastId of the newest message; NaN before the first (null in JSON). */
  readonly last: number | null;
  /** Update of the snapshot that no message has joined yet. */
  readonly snapshot: number | null;
  readonly isSynced: boolean;
}

export interface Sequence {
  /** Judges the next message in the order of arrival. From a gap on all wait for the next snapshot. */
  check(ids: MessageIds): SequenceVerdict;
  /** Judges a message that was told to wait, now that the snapshot is there; its chain was checked on arrival. */
  recheck(ids: MessageIds): SequenceVerdict;
  snapshot(): SequenceState;
}

export function createSequence(rule: SequenceRule, state?: SequenceState): Sequence {
  let last = state?.last ?? Number.NaN;
  let snapshot = state?.snapshot ?? Number.NaN;
  let isSynced = state?.isSynced ?? false;

  const join = (ids: MessageIds): SequenceVerdict => {
    if (!isSynced) return "wait";
    if (Number.isNaN(snapshot)) return "apply";
    const needed = rule === "binance-spot" ? snapshot + 1 : snapshot;
    if (ids.lastId < needed) return "old";
    snapshot = Number.NaN;
    if (ids.firstId <= needed) return "apply";
    isSynced = false;
    return { expected: needed, seen: ids.firstId };
  };

  const check = (ids: MessageIds): SequenceVerdict => {
    if (ids.isSnapshot) {
      // A snapshot taken beside a running book tells what the book knows, unless it is ahead of it.
      if (isSynced && rule.startsWith("binance") && ids.lastId <= last) return "old";
      isSynced = true;
      snapshot = Number.NaN;
      if (rule === "bybit") last = ids.lastId;
      else if (rule !== "none") snapshot = ids.lastId;
      return "apply";
    }
    if (rule === "none") return isSynced ? "apply" : "wait";
    const before = last;
    last = ids.lastId;
    const seen = rule === "binance-futures" ? ids.previousId : ids.firstId;
    const expected = rule === "binance-futures" ? before : before + 1;
    if (!Number.isNaN(before) && seen !== expected) {
      isSynced = false;
      return { expected, seen };
    }
    return join(ids);
  };

  return {
    check,
    recheck: join,
    snapshot: () => ({
      last: Number.isNaN(last) ? null : last,
      snapshot: Number.isNaN(snapshot) ? null : snapshot,
      isSynced,
    }),
  };
}
