import { features, returns, rsi, sma, volatility } from "#features";
import { direction, makeDataset, type TrainedNet, type TrainOptions, trainNet } from "#ml";
import { walkBars } from "../../lib/ml/bars.ts";

export const set = features({ strength: rsi(5), ret: returns(1), mean: sma(3), vol: volatility(5) });

const bars = walkBars(400, 5);
export const table = set.compute(bars);
const dataset = makeDataset({ table, labels: direction(bars, { horizon: 1 }) });

/** A quickly trained net on the four features of `set`. */
export function smallNet(options: Partial<TrainOptions> = {}): Promise<TrainedNet> {
  return trainNet({ dataset, hidden: [5, 3], epochs: 2, learningRate: 0.05, ...options });
}
