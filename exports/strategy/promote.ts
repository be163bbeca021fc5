import { join } from "node:path";
import type { Golden } from "#backtest";
import { decodeValue, encodeValue, fail } from "#core";
import { type ObjectStore, type RunRecord, type StoredRecord, sha256 } from "#storage";
import { modelRows, type StrategyFacts, warmupBars } from "#strategy";
import {
  BUNDLE_FORMAT,
  GOLDEN,
  MANIFEST,
  type Manifest,
  modelFile,
  SCRIPT,
  SIGNATURE,
} from "./bundle/manifest.ts";
import type { Bundle } from "./bundle/read-bundle.ts";
import { writeBundle } from "./bundle/write-bundle.ts";
import { type Linked, linkStrategy, type SliceToLink } from "./link/link.ts";
import { signatureText, signBytes } from "./sign/signature.ts";
import type { SigningKey } from "./sign/signing-key.ts";
import { firstDifference } from "./verify/difference.ts";
import { probeWarmup, type Warmup } from "./verify/probe-warmup.ts";
import { loadScript } from "./verify/sandbox.ts";
import { type GoldenReport, verifyGolden } from "./verify/verify-golden.ts";

export interface PromoteOptions {
  readonly stored: StoredRecord;
  readonly slice: SliceToLink;
  readonly objects: ObjectStore;
  /** Folder whose node_modules hold the strategy's packages: the notebook's. */
  readonly packagesFrom: string;
  readonly key: SigningKey;
  /** Folder that bundles go into. */
  readonly out: string;
}

export interface Promoted extends Bundle {
  readonly path: string;
  /** False if the same bundle stood there already. */
  readonly isNew: boolean;
  readonly golden: GoldenReport;
  /** Modules in the script. */
  readonly inputs: readonly string[];
}

/** What a bundle will hold, proven, and not signed yet. */
export interface Compiled {
  readonly manifest: Manifest;
  readonly golden: GoldenReport;
  /** Every file but manifest and signature. */
  readonly contents: ReadonlyMap<string, Uint8Array>;
  /** Modules in the script. */
  readonly inputs: readonly string[];
}

export type CompileStep = "link" | "golden";

/**
 * Compiles a run's slice: links it and holds the script against the run's golden vectors. Signs and writes nothing.
 * @param onStep told when a step begins. Errors: `promote.*`, `bundle.golden-mismatch`.
 */
export async function compileSlice(
  options: Omit<PromoteOptions, "key" | "out">,
  onStep: (step: CompileStep) => void = () => {},
): Promise<Compiled> {
  const { stored, objects } = options;
  const { record } = stored;
  onStep("link");
  const linked = await linkStrategy(options.slice, { ...options, packages: record.inputs.packages });
  const script = loadScript(linked.script);
  const facts = script.call("describe") as StrategyFacts;
  onStep("golden");
  const golden = await goldenOf(record, facts, objects);
  const contents = new Map<string, Uint8Array>([
    [SCRIPT, bytesOf(linked.script)],
    [GOLDEN, golden.bytes],
  ]);
  for (const { hash, bytes } of modelsOf(facts, linked)) contents.set(modelFile(hash), bytes);
  // A model of several rows looks at rows that must have settled as the last one has.
  const before = modelRows(facts) - 1;
  const settled = probeWarmup(golden.vectors, script, warmupBars(facts) - before);
  const warmup = { ...settled, bars: settled.bars + before };
  const manifest = createManifest(stored, facts, linked, golden.vectors, warmup, contents);
  return { manifest, golden: await verifyGolden(contents, manifest), contents, inputs: linked.inputs };
}

/**
 * Compiles a run's slice to a signed bundle: only what {@link compileSlice} has proven is signed and written. The same
 * run, slice and key give the same bytes. Errors: `promote.*`, `bundle.golden-mismatch`, `storage.*`.
 */
export async function promoteSlice(options: PromoteOptions): Promise<Promoted> {
  const { key, out } = options;
  const { manifest, golden, contents, inputs } = await compileSlice(options);
  const text = bytesOf(encodeValue(manifest, "manifest"));
  const files = new Map(contents)
    .set(MANIFEST, text)
    .set(SIGNATURE, bytesOf(signatureText(signBytes(text, key.privateKey))));
  const hash = sha256(text);
  const path = join(out, hash);
  const isNew = await writeBundle(path, files);
  const { fingerprint } = key;
  return { hash, path, isNew, manifest, files, fingerprint, golden, inputs };
}

/** The vectors of the last backtest of this very strategy. */
async function goldenOf(
  { golden = [] }: RunRecord,
  facts: StrategyFacts,
  objects: ObjectStore,
): Promise<{ readonly bytes: Uint8Array; readonly vectors: Golden }> {
  const wanted = encodeValue(facts.params);
  const entry = golden.findLast(
    ({ strategy, params }) => strategy === facts.name && encodeValue(params) === wanted,
  );
  if (entry?.hash === undefined) {
    const others = golden.filter(({ strategy }) => strategy === facts.name).length;
    return fail("promote.no-backtest", {
      message: entry
        ? `the last backtest of strategy "${facts.name}" left nothing to hold the bundle against: ${entry.problem}`
        : `the run has no backtest of strategy "${facts.name}" with the parameters ${wanted}` +
          (others > 0 ? `, only ${others} with others` : ""),
      fields: { strategy: facts.name, params: facts.params },
    });
  }
  const bytes = await objects.get(entry.hash);
  const vectors = decodeValue(new TextDecoder().decode(bytes)) as Golden;
  const difference = firstDifference(vectors.facts, facts, "strategy");
  if (difference) {
    const { field, expected, actual } = difference;
    fail("promote.other-strategy", {
      message: `${field} was ${expected} in the backtest, and is ${actual} in what the notebook exports`,
      hint: "Backtest the exported strategy itself, after its last change.",
      fields: { field, expected, actual },
    });
  }
  return { bytes, vectors };
}

/** The files of the models that the strategy uses; a frozen one that it does not use stays out. */
function modelsOf({ models }: StrategyFacts, linked: Linked): Linked["models"] {
  const used = new Set(Object.values(models).map(({ hash }) => hash));
  for (const hash of used) {
    if (linked.models.some((model) => model.hash === hash)) continue;
    fail("promote.link-failed", {
      message: `the strategy uses the model ${hash}, which was not frozen`,
      hint: "Freeze it in the notebook: const up = freeze(await exportOnnx(net, { features: set }));",
      fields: { hash },
    });
  }
  return linked.models.filter(({ hash }) => used.has(hash));
}

function createManifest(
  { hash: run, record }: StoredRecord,
  facts: StrategyFacts,
  { models, packages }: Linked,
  golden: Golden,
  warmup: Warmup,
  contents: ReadonlyMap<string, Uint8Array>,
): Manifest {
  const { codeHash, executedHash } = record.notebook;
  const tolerances = new Map(models.map(({ hash, tolerance }) => [hash, tolerance]));
  const bundled = Object.entries(facts.models).map(([name, model]) => [
    name,
    { ...model, tolerance: tolerances.get(model.hash)! },
  ]);
  const files = [...contents].map(([name, bytes]) => [name, { hash: sha256(bytes), bytes: bytes.length }]);
  return {
    ...facts,
    format: BUNDLE_FORMAT,
    instruments: golden.instruments.map(({ instrument }) => instrument),
    models: Object.fromEntries(bundled) as Manifest["models"],
    warmupBars: warmup.bars,
    warmupError: warmup.error,
    engine: record.inputs.engine,
    packages,
    evidence: {
      run,
      codeHash,
      executedHash,
      ...(record.reportHash === undefined ? {} : { reportHash: record.reportHash }),
      data: record.inputs.data,
      backtest: golden.backtest,
      golden: {
        decisions: golden.decisions.length,
        orders: golden.decisions.reduce((sum, { orders }) => sum + orders.length, 0),
      },
    },
    files: Object.fromEntries(files) as Manifest["files"],
  };
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
