/** A strategy on two instruments with a model that looks at six rows beside one that looks at one. */
import { exportOnnx, type OnnxExport } from "#exports";
import { gru } from "#ml";
import { barsOf, instrumentsOf, PLAIN, type Shape } from "../../lib/backtest/market.ts";
import { temporaryFolder } from "../../temporary-folder.ts";
import { windowed as rowsOfSix, set, smallNet } from "../onnx/nets.ts";
import { type Definition, promote, recordRun } from "./run.ts";

const SHAPE: Shape = {
  ...PLAIN,
  seed: 12,
  instruments: 2,
  length: 900,
  gaps: 0.2,
  range: 0.01,
  capital: 1e5,
};

export const WINDOW = 6;

const windowed: Definition<{
  readonly symbols: readonly string[];
  readonly far: OnnxExport;
  readonly near: OnnxExport;
}> = ({ account, bps, defineStrategy, features, returns, rsi, sma, volatility }, { symbols, far, near }) =>
  defineStrategy({
    name: "windowed",
    instruments: symbols,
    timeframe: "1m",
    account: account({
      venue: "binance",
      kind: "cash",
      currency: "USD",
      capital: 1e5,
      fees: bps(10),
      slippage: bps(2),
    }),
    // In another order than the models', and one that they do not look at.
    features: features({
      vol: volatility(5),
      other: sma(9),
      strength: rsi(5),
      ret: returns(1),
      mean: sma(3),
    }),
    models: { near, far },
    state: { seen: new Float64Array(2), bars: 0 },
    onBar(ctx) {
      ctx.state.seen[0] = ctx.predict("far");
      ctx.state.seen[1] = ctx.predict("near") - ctx.at(symbols[0]!).predict("far");
      if (++ctx.state.bars % 5 === 0)
        ctx.target({ weight: ctx.predict("far") > ctx.predict("near") ? 0.4 : 0 });
    },
  });

let made: ReturnType<typeof promoted> | undefined;

/** Made once for all tests of a file; what they need of it is in memory. */
export function promotedWindowed(): ReturnType<typeof promoted> {
  made ??= promoted();
  return made;
}

async function promoted() {
  const home = temporaryFolder();
  const bars = barsOf(SHAPE);
  const frozen = {
    symbols: instrumentsOf(SHAPE).map(({ symbol }) => symbol),
    far: await exportOnnx(await smallNet({ dataset: rowsOfSix, model: gru({ units: 4 }) }), {
      features: set,
    }),
    near: await exportOnnx(await smallNet(), { features: set }),
  };
  const { record, slice } = await recordRun(home, windowed, frozen, bars);
  return { bars, bundle: await promote(home, record, slice) };
}
