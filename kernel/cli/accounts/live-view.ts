import { stat } from "node:fs/promises";
import { join } from "node:path";
import { askStatus, type LiveStatus, type ModelStatus } from "#live";
import { type Account, listAccounts, type Stage } from "./account-file.ts";

const POINTS_SHOWN = 200;
/** Of a model's drift, worst first. */
const LINES_SHOWN = 5;
/** One that does not answer must not keep the others from being seen. */
const ANSWER_MS = 2500;

/** What trades, for people: all accounts of a project that have a bundle. */
export interface LiveView {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly strategies: readonly LiveStrategy[];
  /** Accounts whose file cannot be read: what trades on them is not seen. */
  readonly damaged: readonly { readonly account: string; readonly message: string }[];
}

/** One account. What a daemon that does not answer said last comes with its time, and no more is known. */
export interface LiveStrategy
  extends Partial<Omit<LiveStatus, "state" | "strategy" | "bundle" | "currency">> {
  readonly account: string;
  readonly stage: Stage;
  readonly strategy: string;
  readonly bundle: string;
  readonly currency: string;
  readonly startedAt: number;
  /** `ended`: it was stopped. `no contact`: it did not say good-bye, and may trade or not. */
  readonly state: LiveStatus["state"] | "ended" | "no contact";
  readonly isConnected: boolean;
  /** When its daemon answered last, milliseconds since the epoch; null if it never did while somebody looked. */
  readonly seenAt: number | null;
}

/** Looks at all accounts again and again; remembers what each said last. */
export class LiveWatch {
  readonly #home: string;
  readonly #seen = new Map<string, { readonly at: number; readonly status: LiveStatus }>();

  constructor(home: string) {
    this.#home = home;
  }

  async look(): Promise<LiveView> {
    const damaged: LiveView["damaged"][number][] = [];
    const found = await listAccounts(this.#home, (account, error) =>
      damaged.push({ account, message: (error as Error).message }),
    );
    const accounts = found.filter(({ file }) => file.trades);
    const strategies = await Promise.all(accounts.map((account) => this.#strategy(account)));
    return { at: Date.now(), strategies, damaged };
  }

  async #strategy({ name, folder, file }: Account): Promise<LiveStrategy> {
    const status = await askStatus(folder, ANSWER_MS).catch(() => undefined);
    if (status) this.#seen.set(name, { at: Date.now(), status });
    const seen = this.#seen.get(name);
    const { strategy, hash, currency, startedAt } = file.trades!;
    const known = seen && {
      ...seen.status,
      curve: thinned(seen.status.curve),
      models: (seen.status.models ?? []).map(withWorst),
    };
    return {
      ...known,
      account: name,
      stage: file.stage,
      strategy,
      bundle: hash,
      currency,
      startedAt,
      state: status?.state ?? ((await hasEnded(folder)) ? "ended" : "no contact"),
      isConnected: status !== undefined,
      seenAt: seen?.at ?? null,
    };
  }
}

/** A daemon that is told to stop removes the place where it listens. */
export async function hasEnded(folder: string): Promise<boolean> {
  return stat(join(folder, "control.json")).then(
    () => false,
    () => true,
  );
}

/** A model of hundreds of inputs would be told again and again. */
function withWorst(model: ModelStatus): ModelStatus {
  const { drift } = model;
  return drift === null ? model : { ...model, drift: { ...drift, lines: drift.lines.slice(0, LINES_SHOWN) } };
}

function thinned(curve: LiveStatus["curve"]): LiveStatus["curve"] {
  const step = Math.ceil(curve.length / POINTS_SHOWN);
  return curve.filter((_, i) => (curve.length - 1 - i) % step === 0);
}
