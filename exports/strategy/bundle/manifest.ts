/**
 * A bundle is a folder named by its manifest's sha256:
 *
 *   manifest.json       what it is, and the hash of every other file; canonical text
 *   manifest.sig        ed25519 over the bytes of manifest.json, and the public key
 *   strategy.js         the linked script; its value is a machine (link/machine.ts)
 *   models/<hash>.onnx
 *   golden.json         golden vectors; canonical text
 *
 * A folder and not an archive: models are loaded by path, and every file can be looked at with ordinary tools.
 */
import type { Golden } from "#backtest";
import type { InstrumentSpec } from "#model";
import type { StrategyFacts } from "#strategy";

export const BUNDLE_FORMAT = 1;
export const MANIFEST = "manifest.json";
export const SIGNATURE = "manifest.sig";
export const SCRIPT = "strategy.js";
export const GOLDEN = "golden.json";

/** Hashes are sha256, hex. `limits` are a request: the operator's always win. */
export interface Manifest extends Omit<StrategyFacts, "instruments" | "models"> {
  readonly format: typeof BUNDLE_FORMAT;
  readonly instruments: readonly Required<InstrumentSpec>[];
  readonly models: Readonly<Record<string, ManifestModel>>;
  /** Bars before the first decision, found by a probe: see `probeWarmup`. */
  readonly warmupBars: number;
  /** Largest relative difference of a feature from a full history after that many bars. */
  readonly warmupError: number;
  readonly engine: { readonly version: string; readonly hash: string };
  readonly packages: readonly { readonly name: string; readonly version: string }[];
  readonly evidence: {
    readonly run: string;
    readonly codeHash: string;
    readonly executedHash: string;
    readonly reportHash?: string;
    readonly data: readonly {
      readonly source: string;
      readonly symbol: string;
      readonly timeframe: string;
      readonly hash: string;
    }[];
    /** The last backtest of the exported strategy. */
    readonly backtest: Golden["backtest"];
    readonly golden: { readonly decisions: number; readonly orders: number };
  };
  /** Every file but manifest and signature. */
  readonly files: Readonly<Record<string, { readonly hash: string; readonly bytes: number }>>;
}

export interface ManifestModel {
  readonly hash: string;
  readonly inputs: readonly string[];
  readonly features: readonly string[];
  /** Rows that one prediction looks at, if more than one. */
  readonly window?: number;
  /** Largest difference that a prediction may have from the recorded one, relative to it where it is above 1. */
  readonly tolerance: number;
}

export function modelFile(hash: string): string {
  return `models/${hash}.onnx`;
}

/** What the manifest says of the strategy, in the words of the strategy itself. */
export function factsOf(manifest: Manifest): StrategyFacts {
  const { name, timeframe, account, params, limits, rebalance, history, seed, inference, features } =
    manifest;
  const models = Object.entries(manifest.models).map(([model, { tolerance, ...facts }]) => [model, facts]);
  const instruments = manifest.instruments.map(({ symbol }) => symbol);
  return {
    name,
    instruments,
    timeframe,
    account,
    params,
    limits,
    rebalance,
    history,
    seed,
    ...(inference ? { inference } : {}),
    features,
    models: Object.fromEntries(models) as StrategyFacts["models"],
  };
}
