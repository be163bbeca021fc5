import { join } from "node:path";
import { prepare, recordGolden, runPrepared, type SeriesTables } from "#backtest";
import { encodeValue } from "#core";
import { exportOnnx, type OnnxExport } from "#exports";
import { loadPredictor } from "#ml";
import type { Bars } from "#model";
import { openObjects, type RunRecord, readRunRecord, writeRunRecord } from "#storage";
import type { Strategy } from "#strategy";
import * as door from "../../../exports/strategy/api.ts";
import type { SliceToLink } from "../../../exports/strategy/link/link.ts";
import { promoteSlice } from "../../../exports/strategy/promote.ts";
import { openSigningKey } from "../../../exports/strategy/sign/signing-key.ts";
import { ROOT } from "../../tidy/sources.ts";
import { set, smallNet } from "../onnx/nets.ts";

type Door = typeof door;

/** What a notebook would define; its text is the slice, so that both are the same code. */
export type Definition<F> = (door: Door, frozen: F) => Strategy;

/** A run record as a notebook with this strategy and one backtest of it would leave, in a home folder. */
export async function recordRun<F extends object>(
  home: string,
  define: Definition<F>,
  frozen: F,
  bars: readonly Bars[],
  changes: Partial<RunRecord> = {},
  series: SeriesTables = {},
): Promise<{ readonly record: string; readonly slice: SliceToLink }> {
  const objects = openObjects(join(home, "objects"));
  const strategy = define(door, frozen);
  const prepared = await prepare(strategy.spec, bars, { series }, loadPredictor);
  const result = runPrepared(strategy, prepared);
  const golden = await objects.put(encodeValue(recordGolden(strategy, prepared, result)));
  const values = await Promise.all(
    Object.entries(frozen).map(async ([binding, value]) => ({
      binding,
      cell: 1,
      hash: await objects.put(encodeValue(value)),
    })),
  );
  const { hash } = await writeRunRecord(home, {
    status: "ok",
    inputs: {
      cells: [],
      parameters: { set: {}, defaults: {} },
      modules: [],
      packages: [],
      frozen: values,
      data: [],
      engine: { version: "0.1.0", hash: "e" },
    },
    golden: [{ strategy: strategy.spec.name, params: strategy.params ?? {}, hash: golden }],
    notebook: { path: "../n.ipynb", codeHash: "c", executedHash: "x" },
    node: "20.19.0",
    startedAt: 1,
    endedAt: 2,
    ...changes,
  });
  const names = Object.keys(frozen).join(", ");
  const source = [
    'import * as door from "tickbook/strategy";',
    `import { ${names} } from "tickbook:frozen";`,
    `const define = ${define.toString()};`,
    `export default define(door, { ${names} });`,
  ].join("\n");
  return { record: hash, slice: { source, frozen: values, modules: [] } };
}

export async function promote(home: string, record: string, slice: SliceToLink, out = join(home, "bundles")) {
  return promoteSlice({
    stored: await readRunRecord(home, record),
    slice,
    objects: openObjects(join(home, "objects")),
    packagesFrom: ROOT,
    key: await openSigningKey(home),
    out,
  });
}

/** Uses all that a handler can: a model, features, history, memory of both kinds, chance, stops. */
export const everything: Definition<{
  readonly up: OnnxExport;
  readonly best: { readonly enter: number };
}> = ({ account, atr, bps, defineStrategy, features, float, returns, rsi, sma, volatility }, { up, best }) =>
  defineStrategy({
    name: "everything",
    instruments: ["TEST/USD"],
    timeframe: "1d",
    account: account({
      venue: "binance",
      kind: "cash",
      currency: "USD",
      capital: 1e5,
      fees: bps(10),
      slippage: bps(2),
    }),
    params: { enter: float(0, 1) },
    features: features({
      strength: rsi(5),
      ret: returns(1),
      mean: sma(3),
      vol: volatility(5),
      range: atr(7),
    }),
    models: { up },
    state: { held: 0, seen: new Float64Array(2) },
    shared: { draws: [] as number[] },
    history: 10,
    seed: 3,
    onBar(ctx) {
      const p = ctx.predict("up");
      const { close } = ctx.history(10);
      const mean = close.reduce((sum, x) => sum + x, 0) / close.length;
      ctx.state.held = ctx.position.isFlat ? 0 : ctx.state.held + 1;
      ctx.state.seen[0] = p;
      ctx.state.seen[1] = Math.sin(mean) * ctx.equity;
      if (ctx.random() < 0.5) ctx.shared.draws = [ctx.random(), ...ctx.shared.draws].slice(0, 3);
      if (ctx.position.isFlat) {
        if (p > ctx.params.enter && ctx.random() < 0.7)
          ctx.target({ weight: 0.9, stop: ctx.bar.close - 2 * ctx.row.range });
      } else if (ctx.state.held > 4) ctx.target({ weight: 0 });
    },
  }).with(best);

/** A quickly trained model on the first four features of `everything`. */
export async function model(): Promise<OnnxExport> {
  return exportOnnx(await smallNet(), { features: set });
}

/** The code of the error that `work` throws. */
export function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return String((error as { readonly code?: unknown }).code);
  }
  return "no error";
}
