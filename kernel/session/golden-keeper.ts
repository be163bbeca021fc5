import { encodeValue } from "#core";
import type { GoldenVectors } from "./ports.ts";

/** Vectors kept beside those of exported strategies. A search by hand makes thousands, each some 100 kB. */
const KEPT_MAX = 16;
/** Of so many others it is still known that they were there. */
const DROPPED_MAX = 256;

/**
 * The golden vectors of a session, in memory: which of them a bundle will need is known when the run ends. Of each
 * strategy with its parameters those of the last backtest count.
 */
export class GoldenKeeper {
  private readonly isExported: (vectors: GoldenVectors) => boolean;
  /** The newest last. */
  private readonly kept = new Map<string, GoldenVectors>();
  private readonly dropped = new Map<string, GoldenVectors>();

  /** @param isExported whether vectors are those of a strategy that the notebook exports: they are never dropped. */
  constructor(isExported: (vectors: GoldenVectors) => boolean) {
    this.isExported = isExported;
  }

  keep(vectors: GoldenVectors): void {
    const { strategy, params } = vectors;
    const key = encodeValue([strategy, params]);
    this.kept.delete(key);
    this.dropped.delete(key);
    this.kept.set(key, vectors);
    if (this.kept.size > KEPT_MAX) this.dropOldest();
  }

  /** Those that are kept, and before them the newest of those that are not. */
  all(): GoldenVectors[] {
    return [...this.dropped.values(), ...this.kept.values()];
  }

  private dropOldest(): void {
    for (const [key, vectors] of this.kept) {
      if (this.isExported(vectors)) continue;
      const { strategy, params } = vectors;
      const problem = `its vectors were dropped, because ${KEPT_MAX} backtests of other strategies or parameters came after it`;
      this.kept.delete(key);
      this.dropped.set(key, { strategy, params, problem });
      break;
    }
    const [oldest] = this.dropped.keys();
    if (this.dropped.size > DROPPED_MAX && oldest !== undefined) this.dropped.delete(oldest);
  }
}
