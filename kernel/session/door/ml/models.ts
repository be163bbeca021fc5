import { driftFigure } from "#analysis";
import { checkNames, countText, fail, numberText, shortText, timeText } from "#core";
import type { OnnxExport, OnnxImport } from "#exports";
import type { FeatureTable } from "#features";
import {
  compareModels,
  type Dataset,
  driftOf,
  loadPredictor,
  type ModelComparison,
  type ModelVersion,
  type NewModel,
  openModelRegistry,
  subset,
} from "#ml";
import type { ModelArtifact } from "#model";
import { currentSession } from "../current-session.ts";
import { present, presentTable, type SummaryRow } from "../present.ts";

export interface RegisterOptions {
  /** Beside those of the training. */
  readonly metrics?: Readonly<Record<string, number>>;
  /** Options of the training, for people. */
  readonly parameters?: Readonly<Record<string, unknown>>;
  /** The study or notebook that it came from. */
  readonly study?: string;
  readonly note?: string;
  /** Puts this stage on it: "champion". */
  readonly stage?: string;
}

type Kept = OnnxExport | OnnxImport;

const REGISTER_NAMES = ["metrics", "parameters", "study", "note", "stage"];

/** A model before it is exported, or one that nobody has waited for, has no bytes to keep. Errors: `ml.bad-option`. */
function assertExport(caller: string, model: Kept): void {
  if (model?.bytes instanceof Uint8Array && typeof model.origin === "object") return;
  const shown = (model as unknown) instanceof Promise ? "a promise: await it" : "something else";
  fail("ml.bad-option", {
    message: `${caller}: the model must be what exportOnnx or importOnnx returns; it is ${shown}`,
    hint: "await exportOnnx(net, { features }) first.",
    fields: { caller },
  });
}

/** Keeps an exported model under a name, as its next version. Errors: `ml.bad-option`. */
export async function registerModel(name: string, model: Kept, options: RegisterOptions = {}) {
  assertExport("registerModel", model);
  checkNames("ml.bad-option", "registerModel options", options, REGISTER_NAMES);
  const { stage, note } = options;
  const version = await withRegistry(async (registry) => {
    const made = await registry.register(newModel(name, model, options));
    return stage === undefined ? made : registry.setStage(name, stage, made.version, note ?? "");
  });
  return shown(version);
}

function newModel(name: string, model: Kept, options: RegisterOptions): NewModel {
  const { metrics, note } = options;
  const { maxError, limit, rows } = "parity" in model ? model.parity : { maxError: 0, limit: 0, rows: 0 };
  return {
    name,
    artifact: model,
    lineage: lineageOf(model, options),
    metrics: { ...metricsOf(model), ...metrics },
    ...(rows > 0 ? { parity: { maxError, limit, rows } } : {}),
    ...(note === undefined ? {} : { note }),
  };
}

/** Of the rows held back, without their number. */
function metricsOf({ origin }: Kept): Readonly<Record<string, number>> {
  const { rows, ...metrics } = origin.metrics;
  return metrics;
}

function lineageOf({ origin }: Kept, { parameters = {}, study = "" }: RegisterOptions) {
  const { metrics, code = "", ...lineage } = origin;
  return { ...lineage, code, study, parameters };
}

/** Versions of a model, or of all, the newest first. */
export function listModels(name?: string): Promise<ModelVersion[]> {
  return withRegistry(async (registry) => registry.list(name));
}

/**
 * A registered model, to be frozen and traded. @param which version, stage or beginning of the hash; the newest without
 * it. Errors: `ml.unknown-model`, `storage.damaged`.
 */
export function model(
  name: string,
  which?: number | string,
): Promise<ModelArtifact & { readonly version: number }> {
  return withRegistry(async (registry) => {
    const found = registry.find(name, which);
    return { ...(await registry.artifact(found)), version: found.version };
  });
}

/** Puts a stage ("champion") on a version. Errors: `ml.unknown-model`, `ml.bad-option`. */
export async function stageModel(name: string, stage: string, which: number | string, reason = "") {
  return shown(await withRegistry(async (registry) => registry.setStage(name, stage, which, reason)));
}

export interface ChallengeOptions {
  readonly name: string;
  readonly challenger: Kept;
  /** Rows to compare on; those that either model may have learnt from are left out. */
  readonly dataset: Dataset;
  /** Default "logLoss" of chances, "rmse" of values. */
  readonly metric?: string;
  /** When the challenger takes the champion's place; without it, it is only proposed. */
  readonly gates?: {
    /** Least gain in the metric's unit, above 0 is better. Default 0. */
    readonly gain?: number;
    /** Least share of resamples in which it is better. Default 0.95. */
    readonly chance?: number;
    /** Least rows compared on. Default 100. */
    readonly rows?: number;
  };
  readonly register?: RegisterOptions;
}

const CHALLENGE_NAMES = ["name", "challenger", "dataset", "metric", "gates", "register"];

export interface Challenge {
  /** "first": there was no champion; "promoted": the gates passed; "proposed": they are for a person to open; "kept". */
  readonly outcome: "first" | "promoted" | "proposed" | "kept";
  readonly challenger: ModelVersion;
  readonly champion: ModelVersion | undefined;
  readonly comparison: ModelComparison | undefined;
  readonly reason: string;
}

/**
 * Holds a retrained model against the champion of its name on the same rows, later than either has learnt from, and
 * registers it. With gates it takes the stage "champion" if they pass; without, it gets the stage "challenger", to be
 * looked at. The first model of a name becomes champion.
 * Errors: `ml.too-few-rows`, `ml.bad-option`, `ml.contract-mismatch`.
 */
export async function challenge(options: ChallengeOptions): Promise<Challenge> {
  checkNames("ml.bad-option", "challenge options", options, CHALLENGE_NAMES);
  const { name, challenger, dataset, gates } = options;
  assertExport("challenge", challenger);
  checkNames("ml.bad-option", "challenge: gates", gates ?? {}, ["gain", "chance", "rows"]);
  checkNames("ml.bad-option", "challenge: register", options.register ?? {}, REGISTER_NAMES);
  const result = await withRegistry(async (registry): Promise<Challenge> => {
    const champion = registry.at(name, "champion");
    assertSameLabel(challenger.origin.label, dataset.label, champion?.lineage.label);
    const isSame = champion?.hash === challenger.hash;
    const comparison =
      champion && !isSame ? await compare(await registry.artifact(champion), champion, options) : undefined;
    const made = await registry.register(newModel(name, challenger, options.register ?? {}));
    const { outcome, reason } = verdict(champion, isSame, comparison, gates);
    if (outcome === "first" || outcome === "promoted")
      registry.setStage(name, "champion", made.version, reason);
    if (outcome === "promoted") registry.clearStage(name, "challenger", reason);
    if (outcome === "proposed") registry.setStage(name, "challenger", made.version, reason);
    return { outcome, champion, comparison, reason, challenger: registry.find(name, made.version) };
  });
  return presentTable(result, {
    title: `${name} version ${result.challenger.version}: ${result.outcome}`,
    rows: challengeRows(result, dataset),
  });
}

/** A model made elsewhere need not say what it predicts. */
function assertSameLabel(challenger: string, dataset: string, champion = "imported"): void {
  const labels = [...new Set([challenger, champion, dataset].filter((label) => label !== "imported"))];
  if (labels.length <= 1) return;
  fail("ml.bad-option", {
    message: `challenge: the challenger predicts ${challenger}, the champion ${champion}, and the dataset's label is ${dataset}`,
    hint: "Models of one name predict the same. Give another name, or a dataset of that label.",
    fields: { challenger, champion, dataset },
  });
}

function challengeRows({ comparison, reason, champion }: Challenge, { length }: Dataset): SummaryRow[] {
  if (!comparison) return [["Why", reason]];
  const { metric, rows, gain, chance } = comparison;
  return [
    ["Why", reason],
    [`Champion (version ${champion!.version})`, `${metric} ${numberText(comparison.champion, 5)}`],
    ["Challenger", `${metric} ${numberText(comparison.challenger, 5)}`],
    ["Gain", `${numberText(gain.value, 5)} (${numberText(gain.low, 5)} to ${numberText(gain.high, 5)})`],
    ["Better in", `${Math.round(100 * chance)} % of resamples`],
    ["Rows", `${countText(rows)} of ${countText(length)}, later than both have learnt from`],
  ];
}

function verdict(
  champion: ModelVersion | undefined,
  isSame: boolean,
  comparison: ModelComparison | undefined,
  gates: ChallengeOptions["gates"],
): Pick<Challenge, "outcome" | "reason"> {
  if (champion === undefined) return { outcome: "first", reason: "there was no champion" };
  if (isSame || comparison === undefined)
    return { outcome: "kept", reason: "it is the champion, to the byte" };
  const { metric, gain, chance, rows } = comparison;
  const better = `${metric} ${gain.value > 0 ? "better" : "worse"} by ${shortText(Math.abs(gain.value))} on ${countText(rows)} rows, better in ${Math.round(100 * chance)} % of resamples`;
  if (gates === undefined) return { outcome: "proposed", reason: better };
  const { gain: least = 0, chance: sure = 0.95, rows: most = 100 } = gates;
  const passes = gain.value > least && chance >= sure && rows >= most;
  return { outcome: passes ? "promoted" : "kept", reason: better };
}

async function compare(
  champion: ModelArtifact,
  version: ModelVersion,
  { challenger, dataset, metric, gates }: ChallengeOptions,
): Promise<ModelComparison> {
  const learnt = Math.max(version.lineage.to, challenger.origin.to);
  // The last label learnt from ends later than its bar: rows that begin before its end share its outcome.
  const free = learnt + dataset.time.reduce((most, at, i) => Math.max(most, dataset.labelEnd[i]! - at), 0);
  const rows = Uint32Array.from(dataset.time.keys()).filter((i) => dataset.time[i]! >= free);
  const least = gates?.rows ?? 100;
  if (rows.length < least) {
    fail("ml.too-few-rows", {
      message: `${rows.length} rows begin at ${timeText(free)} or later, when all is over that the champion or the challenger has learnt from (bars up to ${timeText(learnt)} and their labels); at least ${least} are needed`,
      hint: "Train both on less, or compare on later rows: hold the newest back with train({ to }).",
      fields: { rows: rows.length, needed: least, learnt },
    });
  }
  const late = subset(dataset, rows);
  const [a, b] = [await predictions(champion, late), await predictions(challenger, late)];
  const fallback = dataset.classes > 0 ? "logLoss" : "rmse";
  return compareModels(late, a, b, { metric: metric ?? fallback });
}

/** By the model's file, on the rows' own instruments. */
async function predictions(artifact: ModelArtifact, dataset: Dataset) {
  const { source, series, place, length, classes } = dataset;
  const order = placesOf(artifact, dataset);
  const predictor = await loadPredictor(artifact);
  try {
    const columns: Float64Array[][] = [];
    for (const given of source) columns.push(await predictor.predictAll(order.map((at) => given[at]!)));
    let names = columns[0]!.map((_, o) => `p${o}`);
    // One chance a class is scored as such; of anything else what a strategy reads.
    if (names.length === 1 || names.length !== classes) {
      names = [classes === 2 ? "probability" : "value"];
      for (const [s, given] of source.entries())
        columns[s] = [await predictor.predict(order.map((at) => given[at]!))];
    }
    return {
      outputs: names,
      predictions: names.map((_, o) =>
        Float64Array.from({ length }, (_row, i) => columns[series[i]!]![o]![place[i]!]!),
      ),
    };
  } finally {
    await predictor.close();
  }
}

/** The places of a model's inputs among columns: by name, and the feature of that name must be the one it learnt from. */
function placesOf(
  { inputs, features }: ModelArtifact,
  { names, ids }: Pick<FeatureTable, "names" | "ids">,
): number[] {
  return inputs.map((input, i) => {
    const at = names.indexOf(input);
    if (at >= 0 && ids[at] === features[i]) return at;
    const given = at < 0 ? `there are ${names.join(", ")}` : `"${input}" is ${ids[at]} here`;
    return fail("ml.contract-mismatch", {
      message: `the model takes "${input}" = ${features[i]}, and ${given}`,
      hint: "Give the features that the model was trained on, with their parameters.",
      fields: { input, feature: features[i], names, ids },
    });
  });
}

/**
 * Whether a model sees now what it was trained on: PSI and KS of each feature and of its predictions.
 * Rows before the first one that can be predicted (warm-up) do not count.
 * @param table the features over the bars to look at: `set.compute(bars)`. Errors: `ml.contract-mismatch`.
 */
export async function drift(artifact: ModelArtifact, table: FeatureTable) {
  const places = placesOf(artifact, table);
  const predictor = await loadPredictor(artifact);
  try {
    const columns = places.map((at) => table.columns[at]!);
    const predicted = await predictor.predict(columns);
    // Warm-up at the beginning is no drift: nothing was trained on it.
    const first = Math.max(0, predicted.findIndex(Number.isFinite));
    const found = driftOf(
      predictor.baseline,
      artifact.inputs,
      [...columns, predicted].map((column) => column.subarray(first)),
    );
    return present(
      { features: found },
      {
        plot: () => driftFigure(found),
        title: `Drift over ${countText(table.length - first)} rows`,
        rows: found.map(
          ({ name, psi, ks, missing }): SummaryRow => [
            name,
            `PSI ${numberText(psi, 3)}, KS ${numberText(ks, 3)}${missing > 0 ? `, ${Math.round(100 * missing)} % missing` : ""}`,
          ],
        ),
      },
    );
  } finally {
    await predictor.close();
  }
}

function shown(version: ModelVersion) {
  const { name, hash, stages, metrics, lineage } = version;
  return presentTable(version, {
    title: `${name} version ${version.version}`,
    rows: [
      ["Hash", hash.slice(0, 12)],
      ["Stages", stages.join(", ") || "none"],
      ["Predicts", lineage.label],
      ["Trained by", lineage.library],
      ...Object.entries(metrics).map(([metric, value]): SummaryRow => [metric, shortText(value)]),
    ],
  });
}

async function withRegistry<T>(
  work: (registry: Awaited<ReturnType<typeof openModelRegistry>>) => Promise<T>,
): Promise<T> {
  const registry = await openModelRegistry(currentSession().home, Date.now);
  try {
    return await work(registry);
  } finally {
    registry.close();
  }
}
