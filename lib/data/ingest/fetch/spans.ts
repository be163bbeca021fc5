/** Sets of time, as spans [from, to) in rising order that do not touch. */
import type { Millis } from "#core";

export type Span = readonly [from: Millis, to: Millis];

/** The set with one more span. */
export function addSpan(spans: readonly Span[], [from, to]: Span): Span[] {
  if (!(from < to)) return [...spans];
  const apart = spans.filter(([start, end]) => end < from || start > to);
  const joined = spans.filter(([start, end]) => end >= from && start <= to);
  const whole: Span = [
    Math.min(from, ...joined.map(([start]) => start)),
    Math.max(to, ...joined.map(([, end]) => end)),
  ];
  return [...apart, whole].sort((a, b) => a[0] - b[0]);
}

/** The parts of a span that are not in the set. */
export function missingSpans(spans: readonly Span[], [from, to]: Span): Span[] {
  const missing: Span[] = [];
  let at = from;
  for (const [start, end] of spans) {
    if (end <= at) continue;
    if (start >= to) break;
    if (start > at) missing.push([at, start]);
    at = end;
  }
  if (at < to) missing.push([at, to]);
  return missing;
}
