import { lossFigure } from "#analysis";
import { plotlyBundle } from "../../display/plotly.ts";
import type { Session } from "../../ports.ts";

/** Milliseconds before the first drawing, and from one to the next: quick trainings show none. */
const PAUSE_MS = 1500;

let charts = 0;

/** The loss so far, drawn below the cell while it trains, where somebody looks on. */
export function createLiveChart({ isWatched, display }: Session) {
  const id = `tickbook-loss-${++charts}`;
  const [train, validation]: [number[], number[]] = [[], []];
  let best = { epoch: 1, loss: Number.POSITIVE_INFINITY };
  let drawn = performance.now();
  let isShown = false;
  return {
    add(report: {
      readonly epoch: number;
      readonly loss: number;
      readonly validation?: number | undefined;
    }): void {
      if (!isWatched) return;
      train.push(report.loss);
      if (report.validation !== undefined) validation.push(report.validation);
      const loss = report.validation ?? report.loss;
      if (loss < best.loss) best = { epoch: train.length, loss };
      if (performance.now() - drawn < PAUSE_MS) return;
      drawn = performance.now();
      display(plotlyBundle(lossFigure(train, validation, best.epoch)), { id, update: isShown });
      isShown = true;
    },
  };
}
