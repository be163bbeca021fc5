/**
 * What series told, on its way to the strategy. A value that was published before a bar had closed, and came after, could
 * not be seen then: bars see it from just after that close on, live and in the proof, whatever research shows.
 */
import type { Millis } from "#core";
import type { Published } from "#features";

/** How far apart late values of different publications are seen: each counts, on a clock of the series' own too. */
const APART_MS = 0.001;

/** What was heard of a series. */
export interface Heard {
  /** The newest publication, as the source says it; and from when on bars see its values. */
  readonly published: Millis;
  readonly seen: Millis;
  /** Time and value of those with that publication: more of the same moment may follow. */
  readonly newest: readonly (readonly number[])[];
}

export interface NewsState {
  /** By series. */
  readonly heard: Readonly<Record<string, Heard>>;
  /** What the strategy was not told yet. */
  readonly waiting: Published;
  /** End of the last bars that closed. */
  readonly closed: Millis;
}

type Mutable = Heard & { readonly newest: (readonly number[])[] };

export class News {
  #heard: Record<string, Mutable> = {};
  #waiting: Record<string, (readonly number[])[]> = {};
  #closed: Millis = Number.NEGATIVE_INFINITY;

  heardOf(series: string): Heard | undefined {
    return this.#heard[series];
  }

  close(end: Millis): void {
    this.#closed = Math.max(this.#closed, end);
  }

  /** How many values come after the close of a bar that could have seen them. */
  lateIn(values: Published): number {
    return Object.values(values)
      .flat()
      .filter(([, published]) => published! <= this.#closed).length;
  }

  /** @param values each series in the order of its publications, after those that were heard before. */
  hear(values: Published): void {
    for (const [series, rows] of Object.entries(values)) {
      this.#waiting[series] ??= [];
      for (const row of rows) this.#waiting[series].push(this.#seen(series, row));
    }
  }

  #seen(series: string, [time, published, value]: readonly number[]): readonly number[] {
    const last = this.#heard[series];
    const isSame = last !== undefined && last.published === published;
    const from = published! > this.#closed ? published! : this.#closed + APART_MS;
    const before = last?.seen ?? Number.NEGATIVE_INFINITY;
    const seen = Math.max(from, isSame ? before : from > published! ? before + APART_MS : before);
    const newest = isSame ? last.newest : [];
    newest.push([time!, value!]);
    this.#heard[series] = { published: published!, seen, newest };
    return seen === published ? [time!, published!, value!] : [time!, published!, value!, seen];
  }

  /** What the strategy was not told yet. */
  get waiting(): Published {
    return this.#waiting;
  }

  /** Takes what waits; undefined for nothing. */
  take(): Published | undefined {
    const waiting = this.#waiting;
    this.#waiting = {};
    return Object.keys(waiting).length > 0 ? waiting : undefined;
  }

  /** Undefined before anything happened. */
  get state(): NewsState | undefined {
    if (!Number.isFinite(this.#closed) && Object.keys(this.#heard).length === 0) return undefined;
    return structuredClone({ heard: this.#heard, waiting: this.#waiting, closed: this.#closed });
  }

  restore(state: NewsState): void {
    const { heard, waiting, closed } = structuredClone(state);
    this.#heard = heard as Record<string, Mutable>;
    this.#waiting = waiting as Record<string, (readonly number[])[]>;
    this.#closed = closed;
  }
}

/** Adds what was told to what was told before. */
export function addPublished(to: Record<string, (readonly number[])[]>, more: Published | undefined): void {
  for (const [series, rows] of Object.entries(more ?? {})) {
    to[series] ??= [];
    for (const row of rows) to[series].push(row);
  }
}
