/** What is missing between rows that are not bars: trade numbers, sequence numbers of depth, steps of funding. */
import type { TableKind } from "#model";
import { addPlace, type DataCheck, noFinding } from "./report.ts";

type Columns = Readonly<Record<string, Float64Array>>;

/** The rows of the report on gaps. @param columns in the order of their time. */
export function checkSequence(kind: TableKind, columns: Columns): DataCheck[] {
  switch (kind) {
    case "trades":
      return [tradeGaps(columns)];
    case "depth":
      return [depthGaps(columns)];
    case "funding":
      return [irregularSteps(columns.time!)];
    case "quotes":
      return [crossed(columns)];
    case "series":
      return [restatements(columns.time!)];
  }
}

/** Trades are numbered one by one: a number left out is a trade that is missing. */
function tradeGaps({ time, id }: Columns): DataCheck {
  const gaps = noFinding();
  for (let i = 1; i < time!.length; i++) if (id![i]! > id![i - 1]! + 1) addPlace(gaps, time![i - 1]!);
  return found("Gaps in the numbers of trades", gaps, "gaps");
}

/**
 * A message follows if it names the one before, or begins with the next number. A snapshot may be older than changes
 * that came before it: the higher of the two numbers counts.
 */
function depthGaps({ time, firstId, lastId, previousId, snapshot }: Columns): DataCheck {
  const gaps = noFinding();
  let last = Number.NaN;
  for (let i = 0; i < time!.length; i++) {
    const isSameMessage = i > 0 && firstId![i] === firstId![i - 1] && lastId![i] === lastId![i - 1];
    if (isSameMessage) continue;
    const id = lastId![i]!;
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
  return found("Gaps in the sequence of the book", gaps, "gaps");
}

function irregularSteps(time: Float64Array): DataCheck {
  const steps = noFinding();
  // Stamps are some milliseconds late.
  const step = (i: number) => Math.round((time[i]! - time[i - 1]!) / 6e4);
  const counts = new Map<number, number>();
  for (let i = 1; i < time.length; i++) counts.set(step(i), (counts.get(step(i)) ?? 0) + 1);
  const usual = [...counts].sort((a, b) => b[1] - a[1])[0]?.[0];
  for (let i = 1; i < time.length; i++) if (step(i) !== usual) addPlace(steps, time[i - 1]!);
  return found("Steps of another length than most", steps, "steps");
}

function crossed({ time, bid, ask }: Columns): DataCheck {
  const rows = noFinding();
  for (let i = 0; i < time!.length; i++) if (bid![i]! >= ask![i]!) addPlace(rows, time![i]!);
  return found("Crossed quotes (bid at or above ask)", rows, "rows");
}

/** A later row with the same time restates the value: in order, but worth knowing. */
function restatements(time: Float64Array): DataCheck {
  const rows = noFinding();
  for (let i = 1; i < time.length; i++) if (time[i] === time[i - 1]) addPlace(rows, time[i]!);
  return { name: "Restated values", ...rows, unit: "rows", allowed: undefined, verdict: "in order" };
}

function found(name: string, finding: ReturnType<typeof noFinding>, unit: string): DataCheck {
  return { name, ...finding, unit, allowed: 0, verdict: finding.found > 0 ? "kept, look" : "in order" };
}
