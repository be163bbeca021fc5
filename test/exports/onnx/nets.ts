import { features, returns, rsi, sma, volatility } from "#features";
import {
  direction,
  makeDataset,
  mlp,
  type TrainedNet,
  type TrainedTrees,
  type TrainOptions,
  type TreeOptions,
  trainNet,
  trainTrees,
} from "#ml";
import { walkBars } from "../../lib/ml/bars.ts";

export const set = features({ strength: rsi(5), ret: returns(1), mean: sma(3), vol: volatility(5) });

export const bars = walkBars(400, 5);
export const table = set.compute(bars);
const labels = direction(bars, { horizon: 1 });
export const dataset = makeDataset({ table, labels });
/** Of models that look at six rows. */
export const windowed = makeDataset({ table, labels, window: 6 });

/** A quickly trained net on the four features of `set`. */
export function smallNet(options: Partial<TrainOptions> = {}): Promise<TrainedNet> {
  const model = options.model ?? mlp({ hidden: [5, 3] });
  return trainNet({ dataset, epochs: 2, learningRate: 0.05, ...options, model });
}

export function smallTrees(options: Partial<TreeOptions> = {}): Promise<TrainedTrees> {
  return trainTrees({ dataset, rounds: 12, maxDepth: 4, validation: 0, ...options });
}
