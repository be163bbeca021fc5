/** What is missing between rows that are not bars: trade numbers, sequence numbers of depth, steps of funding. */
import type { TableKind } from "#model";
import { addPlace, type DataCheck, noFinding } from "./report.ts";

type Columns = Readonly<Record<string, Float64Array>>;

/** Looks at rows batch by batch, so that nothing is missed where one ends and the next begins. */
export interface SequenceCheck {
  /** @param columns in the order of their time, later than those before. */
  add(columns: Columns): void;
  /** The rows of the report on gaps. */
  result(): DataCheck[];
}

export function createSequenceCheck(kind: TableKind): SequenceCheck {
  switch (kind) {
    case "trades":
      return tradeGaps();
    case "depth":
      return depthGaps();
    case "funding":
      return irregularSteps();
    case "quotes":
      return crossed();
    case "series":
      return restatements();
  }
}

/** The rows of the report on gaps. @param columns in the order of their time. */
export function checkSequence(kind: TableKind, columns: Columns): DataCheck[] {
  const check = createSequenceCheck(kind);
  check.add(columns);
  return check.result();
}

/** Trades are numbered one by one: a number left out is a trade that is missing. */
function tradeGaps(): SequenceCheck {
  const gaps = noFinding();
  let [last, lastTime] = [Number.NaN, Number.NaN];
  return {
    add({ time, id }) {
      for (let i = 0; i < time!.length; i++) {
        if (id![i]! > last + 1) addPlace(gaps, lastTime);
        [last, lastTime] = [id![i]!, time![i]!];
      }
    },
    result: () => [found("Gaps in the numbers of trades", gaps, "gaps")],
  };
}

/**
 * A message follows if it names the one before, or begins with the next number. A snapshot may be older than changes
 * that came before it: the higher of the two numbers counts.
 */
function depthGaps(): SequenceCheck {
  const gaps = noFinding();
  let last = Number.NaN;
  let [lastFirst, lastLast] = [Number.NaN, Number.NaN];
  return {
    add({ time, firstId, lastId, previousId, snapshot }) {
      for (let i = 0; i < time!.length; i++) {
        const id = lastId![i]!;
        const isSameMessage = firstId![i] === lastFirst && id === lastLast;
        [lastFirst, lastLast] = [firstId![i]!, id];
        if (isSameMessage) continue;
        if (snapshot![i] === 1) {
          last = last > id ? last : id;
          continue;
        }
        const previous = previousId![i]!;
        // The first message after a snapshot may begin before it.
        const follows = Number.isNaN(previous) ? firstId![i]! <= last + 1 : previous <= last;
        if (!Number.isNaN(last) && !follows) addPlace(gaps, time![i]!);
        last = id;
      }
    },
    result: () => [found("Gaps in the sequence of the book", gaps, "gaps")],
  };
}

function irregularSteps(): SequenceCheck {
  const steps: (readonly [start: number, minutes: number])[] = [];
  const counts = new Map<number, number>();
  let last = Number.NaN;
  return {
    add({ time }) {
      for (const at of time!) {
        // Stamps are some milliseconds late.
        const minutes = Math.round((at - last) / 6e4);
        if (!Number.isNaN(last)) {
          steps.push([last, minutes]);
          counts.set(minutes, (counts.get(minutes) ?? 0) + 1);
        }
        last = at;
      }
    },
    result() {
      const others = noFinding();
      const usual = [...counts].sort((a, b) => b[1] - a[1])[0]?.[0];
      for (const [start, minutes] of steps) if (minutes !== usual) addPlace(others, start);
      return [found("Steps of another length than most", others, "steps")];
    },
  };
}

function crossed(): SequenceCheck {
  const rows = noFinding();
  return {
    add({ time, bid, ask }) {
      for (let i = 0; i < time!.length; i++) if (bid![i]! >= ask![i]!) addPlace(rows, time![i]!);
    },
    result: () => [found("Crossed quotes (bid at or above ask)", rows, "rows")],
  };
}

/** A later row with the same time restates the value: in order, but worth knowing. */
function restatements(): SequenceCheck {
  const rows = noFinding();
  let last = Number.NaN;
  return {
    add({ time }) {
      for (const at of time!) {
        if (at === last) addPlace(rows, at);
        last = at;
      }
    },
    result: () => [
      { name: "Restated values", ...rows, unit: "rows", allowed: undefined, verdict: "in order" },
    ],
  };
}

function found(name: string, finding: ReturnType<typeof noFinding>, unit: string): DataCheck {
  return { name, ...finding, unit, allowed: 0, verdict: finding.found > 0 ? "kept, look" : "in order" };
}
