/** A strategy that trades by a model which fails on some bars. */
import type { Manifest } from "#exports";
import type { ModelArtifact } from "#model";
import { type Definition, promote, recordRun } from "../../exports/strategy/run.ts";
import { temporaryFolder } from "../../temporary-folder.ts";
import { type Promoted, walk } from "./session.ts";
import { faultModel } from "./strategy/fault-models.ts";

export const WARM = 10;
const LENGTH = 70;

const trusting: Definition<{ readonly up: ModelArtifact }> = (
  { account, bps, defineStrategy, features, sma },
  { up },
) =>
  defineStrategy({
    name: "trusting",
    instruments: ["BTC/USDT"],
    timeframe: "1m",
    account: account({
      venue: "binance",
      kind: "cash",
      currency: "USDT",
      capital: 20_000,
      fees: bps(10),
      slippage: bps(2),
    }),
    features: features({ price: sma(1) }),
    models: { up },
    inference: { onFailure: "missing", timeoutMs: 2000 },
    state: { bars: 0 },
    onBar(ctx) {
      ctx.state.bars += 1;
      const p = ctx.predict("up");
      // Out while the model says nothing.
      if (Number.isNaN(p)) ctx.target({ weight: 0 });
      else if (ctx.state.bars % 3 === 0) ctx.target({ weight: 0.5, stop: ctx.bar.close * 0.5 });
    },
  });

/** @returns its bundle, and above which price the model fails. */
export async function promoteTrusting(): Promise<{ bundle: Promoted; limit: number; manifest: Manifest }> {
  const bars = [walk(31, LENGTH)];
  const closes = bars[0]!.close;
  // Recorded over so few bars that the model does not fail.
  const short = [walk(31, 8)];
  const sorted = [...closes.subarray(WARM)].sort((a, b) => a - b);
  const limit = Math.max(...short[0]!.close, sorted[Math.floor(0.6 * sorted.length)]!);
  const home = temporaryFolder();
  const up = await faultModel("throws", limit, short[0]!.close.slice());
  const { record, slice } = await recordRun(home, trusting, { up }, short);
  const { path, fingerprint, manifest } = await promote(home, record, slice);
  return { bundle: { path, fingerprint, bars }, limit, manifest };
}
