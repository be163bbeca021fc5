/** A strategy on two instruments whose models look at one feature, the price. */
import { join } from "node:path";
import { type Bundle, type Manifest, modelFile, SCRIPT } from "#exports";
import type { ModelArtifact } from "#model";
import { openObjects } from "#storage";
import type { InferencePolicy } from "#strategy";
import { linkStrategy } from "../../../../exports/strategy/link/link.ts";
import { loadScript } from "../../../../exports/strategy/verify/sandbox.ts";
import type { StrategyProcess } from "../../../../kernel/live/strategy/types.ts";
import { temporaryFolder } from "../../../temporary-folder.ts";
import { INSTRUMENT, REQUEST, startProcess } from "./bundles.ts";

export const LIMIT = 1e6;
export const GOLDEN = Float64Array.from({ length: 40 }, (_, i) => 10 + i);
const SYMBOLS = ["BTC/USDT", "ETH/USDT"];
export const INSTRUMENTS = SYMBOLS.map((symbol) => ({ ...INSTRUMENT, symbol }));

export async function bundleWith(
  models: Readonly<Record<string, ModelArtifact>>,
  inference?: Partial<InferencePolicy>,
): Promise<Pick<Bundle, "manifest" | "files">> {
  const named = Object.entries(models).map(([name, { hash }]) => [
    name,
    { kind: "onnx", hash, inputs: ["price"], features: ["technical.sma(1)@1"] },
  ]);
  const source = `import { account, bps, defineStrategy, features, sma } from "tickbook/strategy";
export default defineStrategy({
  name: "tested", instruments: ${JSON.stringify(SYMBOLS)}, timeframe: "1h", features: features({ price: sma(1) }),
  models: ${JSON.stringify(Object.fromEntries(named))}, state: { seen: 0 },
  ${inference ? `inference: ${JSON.stringify(inference)},` : ""}
  account: account({ venue: "binance", kind: "cash", currency: "USDT", capital: 1, fees: bps(1), slippage: bps(1) }),
  onBar(ctx) { const p = ctx.predict("up"); ctx.state.seen = p; if (p > 0) ctx.target({ weight: 0.5 }); },
});`;
  const folder = temporaryFolder();
  const objects = openObjects(join(folder, "objects"));
  const slice = { source, frozen: [], modules: [] };
  const { script } = await linkStrategy(slice, { objects, packagesFrom: folder, packages: [] });
  const facts = loadScript(script).call("describe") as Manifest;
  const files = new Map<string, Uint8Array>([[SCRIPT, new TextEncoder().encode(script)]]);
  for (const { hash, bytes } of Object.values(models)) files.set(modelFile(hash), bytes);
  return { files, manifest: { ...facts, instruments: INSTRUMENTS } as unknown as Manifest };
}

let hour = 0;
/** Each an hour after the one made before. */
export const bar = (price: number) => [hour++ * 3_600_000, price, price, price, price, 5];

/** @param prices by instrument, null where none closed. */
export function request(...prices: (number | null)[]) {
  const each = <T>(value: T) => prices.map(() => value);
  return {
    bars: prices.map((price) => (price === null ? undefined : bar(price))),
    started: each(1),
    view: {
      ...REQUEST.view,
      lots: each(0),
      averagePrice: each(Number.NaN),
      mark: each(10),
      orders: each([]),
    },
  };
}

export async function started(bundle: Pick<Bundle, "manifest" | "files">): Promise<StrategyProcess> {
  const running = await startProcess({ bundle });
  await running.start({ instruments: INSTRUMENTS.map((instrument) => ({ instrument })) });
  return running;
}
