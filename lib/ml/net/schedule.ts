/**
 * Learning rates over a training.
 *
 * Symbols: eta rate, s steps taken, S steps of the whole training, e epochs done, n steps of an epoch.
 *   constant       eta
 *   cosine         least + (eta - least)(1 + cos(pi s / S)) / 2 (Loshchilov and Hutter 2017, without restarts)
 *   warmup-cosine  eta (s + 1) / (warmup n) for the first `warmup` epochs, then cosine over the rest
 *   step           eta factor^floor(e / every)
 *   plateau        times `factor` after `patience` epochs without a lower loss, never below `least`
 */

export type Schedule =
  | { readonly kind: "constant"; readonly rate: number }
  | { readonly kind: "cosine"; readonly rate: number; readonly least?: number }
  | {
      readonly kind: "warmup-cosine";
      readonly rate: number;
      readonly warmup: number;
      readonly least?: number;
    }
  | { readonly kind: "step"; readonly rate: number; readonly every: number; readonly factor?: number }
  | {
      readonly kind: "plateau";
      readonly rate: number;
      readonly patience?: number;
      readonly factor?: number;
      readonly least?: number;
    };

/** What `plateau` remembers. Plain data, kept in checkpoints. */
export interface PlateauState {
  best: number;
  /** Epochs since the best loss or the last cut. */
  since: number;
  cuts: number;
}

export function newPlateau(): PlateauState {
  return { best: Number.POSITIVE_INFINITY, since: 0, cuts: 0 };
}

/** The rate of the step after `step` steps, of `steps` in all, `perEpoch` in an epoch. */
export function rateAt(
  schedule: Schedule,
  { step, steps, perEpoch }: { readonly step: number; readonly steps: number; readonly perEpoch: number },
  plateau: PlateauState,
): number {
  switch (schedule.kind) {
    case "constant":
      return schedule.rate;
    case "cosine":
      return cosine(schedule.rate, schedule.least ?? 0, step / steps);
    case "warmup-cosine": {
      const warm = schedule.warmup * perEpoch;
      if (step < warm) return (schedule.rate * (step + 1)) / warm;
      return cosine(schedule.rate, schedule.least ?? 0, (step - warm) / Math.max(1, steps - warm));
    }
    case "step":
      return schedule.rate * (schedule.factor ?? 0.1) ** Math.floor(step / perEpoch / schedule.every);
    case "plateau":
      return Math.max(schedule.rate * (schedule.factor ?? 0.5) ** plateau.cuts, schedule.least ?? 0);
  }
}

/** Tells a plateau the loss of an epoch. */
export function watchPlateau(schedule: Schedule, state: PlateauState, loss: number): void {
  if (schedule.kind !== "plateau") return;
  if (loss < state.best) {
    state.best = loss;
    state.since = 0;
  } else if (++state.since >= (schedule.patience ?? 5)) {
    state.cuts++;
    state.since = 0;
  }
}

function cosine(from: number, to: number, share: number): number {
  return to + ((from - to) * (1 + Math.cos(Math.PI * Math.min(1, share)))) / 2;
}
