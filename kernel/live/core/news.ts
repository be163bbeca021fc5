/**
 * What series told, on its way to the strategy. A value that was published before a bar had closed, and came after, could
 * not be seen then: it counts from just after that close on, live and in the proof, whatever research shows.
 */
import type { Millis } from "#core";
import type { Published } from "#features";

/** Of a series: the newest publication that was heard of, as the source says it and as the strategy was told. */
interface Heard {
  readonly said: Millis;
  readonly told: Millis;
}

export interface NewsState {
  /** By series. */
  readonly heard: Readonly<Record<string, Heard>>;
  /** What the strategy was not told yet. */
  readonly waiting: Published;
  /** End of the last bars that closed; null before the first. */
  readonly closed: Millis | null;
}

export class News {
  #heard: Record<string, Heard> = {};
  #waiting: Published = {};
  #closed: Millis = Number.NEGATIVE_INFINITY;

  /** Up to which publication each series was heard of, by the source's word. */
  heardOf(series: string): Millis {
    return this.#heard[series]?.said ?? Number.NEGATIVE_INFINITY;
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

  /** @param values each series in the order of its publications. */
  hear(values: Published): void {
    const found = Object.entries(values).map(([series, rows]) => {
      const told = rows.map(([time, published, value]) => {
        const from = published! <= this.#closed ? this.#closed + 1 : published!;
        const since = Math.max(from, this.#heard[series]?.told ?? Number.NEGATIVE_INFINITY);
        this.#heard[series] = { said: published!, told: since };
        return [time!, since, value!];
      });
      return [series, told] as const;
    });
    this.#waiting = joinPublished(this.#waiting, Object.fromEntries(found));
  }

  /** Takes what waits; undefined for nothing. */
  take(): Published | undefined {
    const waiting = this.#waiting;
    this.#waiting = {};
    return Object.keys(waiting).length > 0 ? waiting : undefined;
  }

  /** Undefined for a strategy that reads no series. */
  get state(): NewsState | undefined {
    if (Object.keys(this.#heard).length === 0) return undefined;
    const closed = Number.isFinite(this.#closed) ? this.#closed : null;
    return { heard: { ...this.#heard }, waiting: this.#waiting, closed };
  }

  restore({ heard, waiting, closed }: NewsState): void {
    this.#heard = { ...heard };
    this.#waiting = waiting;
    this.#closed = closed ?? Number.NEGATIVE_INFINITY;
  }
}

/** One after the other. */
export function joinPublished(a: Published, b: Published | undefined): Published {
  const joined: Record<string, readonly (readonly number[])[]> = { ...a };
  for (const [series, rows] of Object.entries(b ?? {})) joined[series] = [...(joined[series] ?? []), ...rows];
  return joined;
}
