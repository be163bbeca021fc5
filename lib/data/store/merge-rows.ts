/**
 * Joins rows that are stored with rows that come in. Whatever the order in which the pieces of a history come, the
 * result is the same, as long as rows that are equal in all order columns come in one piece (a message of the book).
 */
import { fail, timeText } from "#core";
import { type Columns, type Layout, mapNamed } from "./layout.ts";

/** "refuse": two tellings of one row that differ are an error. "correct": the added one is right. */
export type OnConflict = "refuse" | "correct";

/** NaN after all numbers, and equal to itself. */
function compareNumbers(a: number, b: number): number {
  if (a < b) return -1;
  if (a > b) return 1;
  if (a === b) return 0;
  return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
}

type Compare = (a: number, b: number) => number;

/** Compares row a of `left` with row b of `right` by the columns in turn. */
function rowComparer(left: Columns, right: Columns, names: readonly string[]): Compare {
  const pairs = names.map((name) => [left[name]!, right[name]!] as const);
  return (a, b) => {
    for (const [x, y] of pairs) {
      const order = compareNumbers(x[a]!, y[b]!);
      if (order !== 0) return order;
    }
    return 0;
  };
}

/**
 * Rows in their order, each once. Columns that are in order already are returned as they are.
 * Errors: `data.conflicting-rows`, `data.conflicting-bars`.
 */
export function normaliseRows(layout: Layout, kind: string, columns: Columns): Columns {
  const rows = columns.time!.length;
  const compare = rowComparer(columns, columns, layout.order);
  let sorted = columns;
  for (let row = 1; row < rows; row++) {
    if (compare(row - 1, row) <= 0) continue;
    const picks = Uint32Array.from({ length: rows }, (_, i) => i).sort((a, b) => compare(a, b) || a - b);
    sorted = mapNamed(columns, (column) => Float64Array.from(picks, (pick) => column[pick]!));
    break;
  }
  return layout.identity === "order" ? dropRepeated(layout, kind, sorted) : sorted;
}

function dropRepeated(layout: Layout, kind: string, columns: Columns): Columns {
  const rows = columns.time!.length;
  const isSame = rowComparer(columns, columns, layout.order);
  const id = layout.id === undefined ? undefined : columns[layout.id];
  const isRepeated = (row: number) => isSame(row - 1, row) === 0 && !(id && Number.isNaN(id[row]!));
  let first = 1;
  while (first < rows && !isRepeated(first)) first++;
  if (first >= rows) return columns;
  const kept = mapNamed(columns, (column) => column.slice());
  let last = first - 1;
  for (let row = first; row < rows; row++) {
    if (isRepeated(row)) {
      refuseConflict({ layout, kind, left: kept, a: last, right: columns, b: row });
      keepEarliest(layout, kept, last, columns, row);
    } else {
      last++;
      for (const name of layout.names) kept[name]![last] = columns[name]![row]!;
    }
  }
  return mapNamed(kept, (column) => column.slice(0, last + 1));
}

/** The union of two lists of normalised rows. Errors as of {@link normaliseRows}. */
export function mergeRows(
  layout: Layout,
  kind: string,
  stored: Columns,
  added: Columns,
  onConflict: OnConflict,
): Columns {
  const [n, m] = [stored.time!.length, added.time!.length];
  const compare = rowComparer(stored, added, layout.order);
  // Rows of `stored` by their number, rows of `added` by n more.
  const picks = new Uint32Array(n + m);
  const earliest: [pick: number, other: number][] = [];
  let length = 0;
  let i = 0;
  let j = 0;
  while (i < n && j < m) {
    const order = compare(i, j);
    if (order < 0) picks[length++] = i++;
    else if (order > 0) picks[length++] = n + j++;
    else if (hasIdentity(layout, added, j)) {
      if (onConflict === "refuse") refuseConflict({ layout, kind, left: stored, a: i, right: added, b: j });
      const isAdded = onConflict === "correct";
      if (layout.earliest && !isAdded) earliest.push([length, j]);
      picks[length++] = isAdded ? n + j : i;
      i++;
      j++;
    } else {
      const [iEnd, jEnd] = [runEnd(layout, stored, i), runEnd(layout, added, j)];
      const missing = rowsMissing(layout, stored, [i, iEnd], added, [j, jEnd]);
      while (i < iEnd) picks[length++] = i++;
      for (const row of missing) picks[length++] = n + row;
      j = jEnd;
    }
  }
  while (i < n) picks[length++] = i++;
  while (j < m) picks[length++] = n + j++;
  const merged = mapNamed(stored, (column, name) => gather(column, added[name]!, picks.subarray(0, length)));
  for (const [pick, row] of earliest) keepEarliest(layout, merged, pick, added, row);
  return merged;
}

function gather(stored: Float64Array, added: Float64Array, picks: Uint32Array): Float64Array {
  const column = new Float64Array(picks.length);
  const n = stored.length;
  for (let k = 0; k < picks.length; k++) {
    const pick = picks[k]!;
    column[k] = pick < n ? stored[pick]! : added[pick - n]!;
  }
  return column;
}

function hasIdentity(layout: Layout, columns: Columns, row: number): boolean {
  if (layout.identity === "all") return false;
  return layout.id === undefined || !Number.isNaN(columns[layout.id]![row]!);
}

/** The end of the rows that are equal to `start` in all order columns. */
function runEnd(layout: Layout, columns: Columns, start: number): number {
  const compare = rowComparer(columns, columns, layout.order);
  let end = start + 1;
  while (end < columns.time!.length && compare(start, end) === 0) end++;
  return end;
}

/** Rows of the added run that the stored run does not have, or has less often. */
function rowsMissing(
  layout: Layout,
  stored: Columns,
  [i, iEnd]: readonly [number, number],
  added: Columns,
  [j, jEnd]: readonly [number, number],
): number[] {
  const textOf = (columns: Columns, row: number) =>
    layout.names.map((name) => (Object.is(columns[name]![row], -0) ? "-0" : columns[name]![row])).join();
  const counts = new Map<string, number>();
  for (let row = i; row < iEnd; row++) {
    const text = textOf(stored, row);
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  const missing: number[] = [];
  for (let row = j; row < jEnd; row++) {
    const text = textOf(added, row);
    const left = counts.get(text) ?? 0;
    if (left > 0) counts.set(text, left - 1);
    else missing.push(row);
  }
  return missing;
}

interface Pair {
  readonly layout: Layout;
  readonly kind: string;
  readonly left: Columns;
  readonly a: number;
  readonly right: Columns;
  readonly b: number;
}

function refuseConflict({ layout, kind, left, a, right, b }: Pair): void {
  for (const name of layout.names) {
    const [x, y] = [left[name]![a]!, right[name]![b]!];
    if (name === layout.earliest || Object.is(x, y)) continue;
    const isBars = layout.names.includes("close");
    const id = layout.id === undefined ? "" : ` with id ${left[layout.id]![a]}`;
    const what = isBars ? `the ${kind} bar` : `the row of ${kind}`;
    fail(isBars ? "data.conflicting-bars" : "data.conflicting-rows", {
      message: `${what} of ${timeText(left.time![a]!)}${id} has ${name} ${x}, and another telling of it has ${y}`,
      hint: 'Find out which is right. To take the new rows for right: --mode correct (import), --again (fetch), { mode: "correct" } (saveSeries).',
      fields: { kind, time: left.time![a], column: name, stored: x, added: y },
    });
  }
}

/** Both tell one row: it keeps the earlier of the two times of receipt. */
function keepEarliest({ earliest }: Layout, kept: Columns, a: number, other: Columns, b: number): void {
  if (earliest === undefined) return;
  const value = other[earliest]![b]!;
  if (compareNumbers(value, kept[earliest]![a]!) < 0) kept[earliest]![a] = value;
}

/** Ids are given once a market: the same id at two times means that a source's clock or unit differs. */
export function refuseRepeatedIds(layout: Layout, kind: string, columns: Columns): void {
  if (layout.id === undefined) return;
  const ids = columns[layout.id]!;
  let isRising = true;
  for (let row = 1; row < ids.length && isRising; row++) isRising = ids[row]! > ids[row - 1]!;
  if (isRising) return;
  const sorted = ids.slice().sort();
  for (let row = 1; row < sorted.length; row++) {
    const id = sorted[row]!;
    if (id !== sorted[row - 1]) continue;
    const first = ids.indexOf(id);
    const times = [first, ids.indexOf(id, first + 1)].map((at) => columns.time![at]!);
    fail("data.conflicting-rows", {
      message: `${kind}: the id ${id} stands at two times, ${times[0]} and ${times[1]}`,
      hint: "Two sources stamp the same row differently. Store them under different source names, or write with the mode replace.",
      fields: { kind, id, times },
    });
  }
}
