/**
 * Checks of rows that are not bars, before they are stored.
 *
 * Put right and reported: rows out of order (sorted by time, stable), identical rows (one is kept; not for depth, where
 * two messages may say the same, nor for trades without a number). Kept and reported: numbers left out of a sequence, steps of funding that differ.
 * Refused: what can't be true, with its row.
 */
import { fail, timeText } from "#core";
import { TABLE_KINDS, type TableColumns, type TableKind } from "#model";
import { addPlace, type DataCheck, type Finding, noFinding } from "./report.ts";
import { checkSequence } from "./sequence.ts";

const EARLIEST = Date.UTC(1700, 0);
const LATEST = Date.UTC(2200, 0);

export interface CheckedTable<K extends TableKind> {
  readonly columns: TableColumns<K>;
  readonly checks: readonly DataCheck[];
}

type Columns = Readonly<Record<string, Float64Array>>;

/** What each kind's rows must hold; the text says what is wrong. */
const RULES: Readonly<Record<TableKind, (columns: Columns, i: number) => string | undefined>> = {
  trades: ({ price, quantity, side }, i) =>
    (isPositive(price![i]!) ? undefined : "the price is not above zero") ??
    (isPositive(quantity![i]!) ? undefined : "the quantity is not above zero") ??
    (Number.isNaN(side![i]!) || Math.abs(side![i]!) === 1 ? undefined : "the side is neither 1 nor -1"),
  quotes: ({ bid, ask, bidQuantity, askQuantity }, i) =>
    // Some messages do not say how much stands there.
    [bid![i]!, ask![i]!].every(isPositive) && !(bidQuantity![i]! < 0) && !(askQuantity![i]! < 0)
      ? undefined
      : "a price is not above zero, or a quantity is below it",
  // A message without levels is one row without a side: only its numbers count.
  depth: ({ price, quantity, side }, i) =>
    [side![i]!, price![i]!, quantity![i]!].every(Number.isNaN) ||
    (isPositive(price![i]!) && quantity![i]! >= 0 && quantity![i]! < Infinity && Math.abs(side![i]!) === 1)
      ? undefined
      : "a level needs a price above zero, a quantity and a side",
  funding: ({ rate }, i) => (Math.abs(rate![i]!) < 1 ? undefined : "the rate is not a fraction"),
  series: ({ time, published, value }, i) =>
    (Number.isFinite(value![i]!) ? undefined : "the value is not a finite number") ??
    (published![i]! >= time![i]! && published![i]! < LATEST ? undefined : "it was published before its time"),
};

/** Checks rows of one kind. Errors: `data.bad-time`, `data.impossible-row`, with the row and its values. */
export function checkTable<K extends TableKind>(
  kind: K,
  symbol: string,
  rows: TableColumns<K>,
): CheckedTable<K> {
  refuseImpossible(kind, symbol, rows as Columns);
  const sorted = sortRows(kind, rows as Columns);
  const unique =
    kind === "depth" ? { rows: sorted.rows, finding: noFinding() } : dropIdentical(kind, sorted.rows);
  return {
    columns: unique.rows as TableColumns<K>,
    checks: [
      fact("Out of order", sorted.finding, "repaired"),
      fact("Identical rows", unique.finding, "repaired"),
      ...checkSequence(kind, unique.rows),
    ],
  };
}

/** The checks of several pieces of one dataset as one list: what was found is added up. */
export function addChecks(before: readonly DataCheck[], more: readonly DataCheck[]): DataCheck[] {
  const names = [...new Set([...before, ...more].map(({ name }) => name))];
  return names.map((name) => {
    const all = [...before, ...more].filter((check) => check.name === name);
    const worst = all.find(({ verdict }) => verdict !== "in order")?.verdict ?? "in order";
    return {
      ...all[0]!,
      found: all.reduce((sum, { found }) => sum + found, 0),
      where: all.flatMap(({ where }) => where).slice(0, 3),
      verdict: worst,
    };
  });
}

function fact(name: string, finding: Finding, otherwise: DataCheck["verdict"]): DataCheck {
  return { name, ...finding, unit: "rows", allowed: 0, verdict: finding.found > 0 ? otherwise : "in order" };
}

function isPositive(value: number): boolean {
  return value > 0 && value < Infinity;
}

function refuseImpossible(kind: TableKind, symbol: string, columns: Columns): void {
  const time = columns.time!;
  for (let i = 0; i < time.length; i++) {
    const at = time[i]!;
    if (!(at >= EARLIEST && at < LATEST)) {
      fail("data.bad-time", {
        message: `${symbol} ${kind}, row ${i + 1}: the time ${at} is not in milliseconds since 1970`,
        hint: "Store times in milliseconds; divide microseconds by 1e3, nanoseconds by 1e6.",
        fields: { symbol, kind, row: i + 1, time: at },
      });
    }
    const wrong = RULES[kind](columns, i);
    if (wrong === undefined) continue;
    const values = TABLE_KINDS[kind].map((name) => `${name} ${columns[name]![i]}`).join(", ");
    fail("data.impossible-row", {
      message: `${symbol} ${kind}, row ${i + 1} (${timeText(at)}): ${wrong}: ${values}`,
      hint: "Correct the row or remove it.",
      fields: { symbol, kind, row: i + 1, time: at },
    });
  }
}

function sortRows(kind: TableKind, rows: Columns): { rows: Columns; finding: Finding } {
  const time = rows.time!;
  const finding = noFinding();
  let latest = -Infinity;
  for (let i = 0; i < time.length; i++) {
    if (time[i]! < latest) addPlace(finding, time[i]!);
    latest = Math.max(latest, time[i]!);
  }
  if (finding.found === 0) return { rows, finding };
  // Of trades in one millisecond the number says which came first.
  const id = kind === "trades" ? rows.id! : undefined;
  const byId = (a: number, b: number) => (id ? id[a]! - id[b]! || 0 : 0);
  const order = Uint32Array.from(time, (_, i) => i).sort(
    (a, b) => time[a]! - time[b]! || byId(a, b) || a - b,
  );
  return { rows: pick(rows, order), finding };
}

/** Drops a row that equals an earlier one of the same time, NaN being equal to itself. */
function dropIdentical(kind: TableKind, rows: Columns): { rows: Columns; finding: Finding } {
  const time = rows.time!;
  const names = TABLE_KINDS[kind];
  const finding = noFinding();
  const kept: number[] = [];
  let seen = new Set<string>();
  for (let i = 0; i < time.length; i++) {
    const isAlone = time[i] !== time[i - 1] && time[i] !== time[i + 1];
    if (i === 0 || time[i] !== time[i - 1]) seen = new Set();
    if (!isAlone) {
      const text = names.map((name) => rows[name]![i]).join(" ");
      // Two trades without a number may well be of one moment, price and size.
      const isAnonymous = kind === "trades" && Number.isNaN(rows.id![i]!);
      if (seen.has(text) && !isAnonymous) {
        addPlace(finding, time[i]!);
        continue;
      }
      seen.add(text);
    }
    kept.push(i);
  }
  return finding.found === 0 ? { rows, finding } : { rows: pick(rows, kept), finding };
}

function pick(rows: Columns, order: ArrayLike<number>): Columns {
  return Object.fromEntries(
    Object.entries(rows).map(([name, column]) => [
      name,
      Float64Array.from({ length: order.length }, (_, i) => column[order[i]!]!),
    ]),
  );
}
