import { driftFigure } from "#analysis";
import { countText, fail, numberText, shortText, timeText } from "#core";
import type { OnnxExport, OnnxImport } from "#exports";
import type { FeatureTable } from "#features";
import {
  compareModels,
  type Dataset,
  driftOf,
  loadPredictor,
  type ModelComparison,
  type ModelVersion,
  openModelRegistry,
  subset,
} from "#ml";
import type { ModelArtifact } from "#model";
import { currentSession } from "../current-session.ts";
import { present, type SummaryRow } from "../present.ts";

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

/** Keeps an exported model under a name, as its next version. Errors: `ml.bad-option`. */
export async function registerModel(name: string, model: Kept, options: RegisterOptions = {}) {
  const { metrics, stage, note } = options;
  const version = await withRegistry(async (registry) => {
    const made = await registry.register({
      name,
      artifact: model,
      lineage: lineageOf(model, options),
      metrics: { ...metricsOf(model), ...metrics },
      ...("parity" in model
        ? { parity: { maxError: model.parity.maxError, limit: model.parity.limit, rows: model.parity.rows } }
        : {}),
      ...(note === undefined ? {} : { note }),
    });
    return stage === undefined ? made : registry.setStage(name, stage, made.version, note ?? "");
  });
  return shown(version);
}

/** Of the rows held back, without their number. */
function metricsOf({ origin }: Kept): Readonly<Record<string, number>> {
  const { rows, ...metrics } = origin.metrics;
  return metrics;
}

function lineageOf({ origin }: Kept, { parameters = {}, study = "" }: RegisterOptions) {
  const { metrics, ...lineage } = origin;
  return { ...lineage, code: "", study, parameters };
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
): Promise<ModelArtifact & { readonly version: ModelVersion }> {
  return withRegistry(async (registry) => {
    const version = registry.find(name, which);
    return { ...(await registry.artifact(version)), version };
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
  const { name, challenger, dataset, gates } = options;
  const result = await withRegistry(async (registry): Promise<Challenge> => {
    const champion = registry.at(name, "champion");
    const isSame = champion?.hash === challenger.hash;
    const comparison =
      champion && !isSame ? await compare(await registry.artifact(champion), champion, options) : undefined;
    const { metrics = {} } = options.register ?? {};
    const made = await registry.register({
      name,
      artifact: challenger,
      lineage: lineageOf(challenger, options.register ?? {}),
      metrics: { ...metricsOf(challenger), ...metrics },
    });
    const { outcome, reason } = verdict(champion, isSame, comparison, gates);
    if (outcome === "first" || outcome === "promoted")
      registry.setStage(name, "champion", made.version, reason);
    if (outcome === "promoted") registry.clearStage(name, "challenger", reason);
    if (outcome === "proposed") registry.setStage(name, "challenger", made.version, reason);
    return { outcome, champion, comparison, reason, challenger: registry.find(name, made.version) };
  });
  return present(result, {
    plot: () => ({ data: [], layout: {} }),
    title: `${name} version ${result.challenger.version}: ${result.outcome}`,
    rows: challengeRows(result, dataset),
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
  const rows = Uint32Array.from(dataset.time.keys()).filter((i) => dataset.time[i]! > learnt);
  const least = gates?.rows ?? 100;
  if (rows.length < least) {
    fail("ml.too-few-rows", {
      message: `${rows.length} rows are later than ${timeText(learnt)}, up to which the champion or the challenger has learnt; at least ${least} are needed`,
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
async function predictions(
  artifact: ModelArtifact,
  { source, series, place, length, names, classes }: Dataset,
) {
  const predictor = await loadPredictor(artifact);
  try {
    const order = artifact.inputs.map((input) => {
      const at = names.indexOf(input);
      if (at >= 0) return at;
      return fail("ml.contract-mismatch", {
        message: `the model takes "${input}", and the dataset has ${names.join(", ")}`,
        hint: "Compare on a dataset that has the features of both models.",
        fields: { input, names },
      });
    });
    const columns = await Promise.all(
      source.map((given) => predictor.predictAll(order.map((at) => given[at]!))),
    );
    const outputs = columns[0]!.length;
    const outputNames =
      outputs > 1 ? columns[0]!.map((_, o) => `p${o}`) : [classes === 2 ? "probability" : "value"];
    return {
      outputs: outputNames,
      predictions: Array.from({ length: outputs }, (_, o) =>
        Float64Array.from({ length }, (_row, i) => columns[series[i]!]![o]![place[i]!]!),
      ),
    };
  } finally {
    await predictor.close();
  }
}

/**
 * Whether a model sees now what it was trained on: PSI and KS of each feature and of its predictions.
 * @param table the features over the bars to look at: `set.compute(bars)`. Errors: `ml.contract-mismatch`.
 */
export async function drift(artifact: ModelArtifact, table: FeatureTable) {
  const predictor = await loadPredictor(artifact);
  try {
    const columns = artifact.inputs.map((input) => table.column(input));
    const found = driftOf(predictor.baseline, artifact.inputs, [
      ...columns,
      await predictor.predict(columns),
    ]);
    return present(
      { features: found },
      {
        plot: () => driftFigure(found),
        title: `Drift over ${countText(table.length)} rows`,
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
  return present(version, {
    plot: () => ({ data: [], layout: {} }),
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
