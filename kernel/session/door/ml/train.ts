import { rm } from "node:fs/promises";
import { join } from "node:path";
import { type Figure, lossFigure } from "#analysis";
import { checkNames, countText, fail, shortText } from "#core";
import type { FeatureTable } from "#features";
import {
  createNet,
  createTrees,
  type Dataset,
  initialGraph,
  type NetModel,
  predictRows,
  type TrainedModel,
  type TrainedNet,
  type TrainedTrees,
  type TrainOptions,
  type TreeOptions,
  type TreesSpec,
  trainNet,
  trainTrees,
} from "#ml";
import { type Memoised, memoised } from "../../memo/memo.ts";
import type { Session, TrainingFact } from "../../ports.ts";
import { currentSession } from "../current-session.ts";
import { present, type SummaryRow } from "../present.ts";
import { type DatasetRequest, datasetInputs, dataset as joined, SOURCE_NAMES } from "./dataset.ts";
import { createLiveChart } from "./live-chart.ts";

type Watched = "dataset" | "startProgress" | "signal" | "checkpoint" | "onEpoch" | "model";

/** What to learn from: a dataset, or what makes one. */
type Source = { readonly dataset: Dataset } | DatasetRequest;

/** Options of a network; of trees only `validation` and `seed` (the rest stands in `trees(...)`). */
type Options = Omit<TrainOptions, Watched>;

export type NetRequest = Source & Options & { readonly model?: NetModel };
export type TreesRequest = Source & Pick<Options, "validation" | "seed"> & { readonly model: TreesSpec };

const OPTION_NAMES = [
  ..."model objective quantiles validation epochs batchSize learningRate optimizer weightDecay clipNorm".split(
    " ",
  ),
  ..."classWeights seed patience minDelta fill scale backend".split(" "),
];
/** Rows that a sequence model looks at if nobody says. */
const WINDOW = 32;

/** A model of the door: shows itself, and predicts tables and datasets as well as columns. */
type Shown<M extends TrainedModel> = Omit<M, "predict"> & {
  /** One array an output, one number a row; NaN where a row is incomplete. */
  predict(rows: FeatureTable | Dataset | readonly Float64Array[]): Promise<Float64Array[]>;
  /** Loss after each epoch or round. */
  plot(): Figure;
};

export type Net = Shown<TrainedNet>;
export type Trees = Shown<TrainedTrees>;

/**
 * Trains a model: a network (`mlp()`, `lstm()`, `gru()`, `tcn()`, `transformer()`, `autoencoder()`, or a function that
 * builds a tfjs model), or boosted trees (`trees()`). The last part is held back to stop in time. Seeded: the same
 * request gives the same model, and in a notebook that of an earlier run. An interrupted cell keeps the best so far, and
 * run again goes on where it stopped.
 * Errors: `ml.empty-dataset`, `ml.bad-target`, `ml.bad-option` and others of training.
 */
export function train(request: TreesRequest): Promise<Trees>;
export function train(request: NetRequest): Promise<Net>;
export async function train(request: NetRequest | TreesRequest): Promise<Net | Trees> {
  const session = currentSession();
  const { rows, options } = sourceOf(request);
  const model = await trainOn(session, rows, options);
  session.record({ kind: "training", value: trainingFact(model, rows) });
  const { report } = model;
  const best = "bestEpoch" in report ? report.bestEpoch : report.bestRound;
  return present(
    { ...model, predict: predictorOf(model) },
    {
      plot: () => lossFigure(report.loss.train, report.loss.validation, best, stepOf(model)),
      ...summaryOf(model, rows),
    },
  ) as unknown as Net | Trees;
}

/** A dataset's rows may come from several tables, and their windows reach into them. */
function predictorOf(model: TrainedModel): Net["predict"] {
  return async (rows) => {
    if (Array.isArray(rows)) return model.predict(rows);
    const given = rows as FeatureTable | Dataset;
    if (given !== null && typeof given === "object" && "source" in given) return predictRows(model, given);
    if (Array.isArray(given?.columns)) return model.predict(given.columns);
    return fail("ml.bad-option", {
      message: `predict: it is given ${rows === null ? "null" : typeof rows}; it must be a feature table, a dataset, or columns`,
      hint: "await model.predict(set.compute(bars))",
    });
  };
}

export interface AnyOptions extends Options {
  readonly model?: NetModel | TreesSpec;
}

/** The rows to learn from, and the options beside them. Errors: `ml.bad-option`. */
export function sourceOf(
  request: object,
  more: readonly string[] = [],
): { rows: Dataset; options: AnyOptions } {
  checkNames("ml.bad-option", "train options", request, [
    "dataset",
    ...SOURCE_NAMES,
    ...OPTION_NAMES,
    ...more,
  ]);
  const named = Object.entries(request) as [string, unknown][];
  const pick = (names: readonly string[]) =>
    Object.fromEntries(named.filter(([name, value]) => names.includes(name) && value !== undefined));
  const options = pick(OPTION_NAMES) as AnyOptions;
  const source = pick(SOURCE_NAMES) as unknown as DatasetRequest;
  const { dataset } = request as { readonly dataset?: Dataset };
  if (dataset !== undefined) {
    assertDataset(dataset, Object.keys(source));
    return { rows: dataset, options };
  }
  const window = source.window ?? (isSequence(options.model) ? WINDOW : 1);
  return { rows: joined({ ...source, window }), options };
}

/** A range beside a dataset would be passed over, and the rows after it be learnt from. */
function assertDataset(dataset: Dataset, beside: readonly string[]): void {
  if (beside.length > 0) {
    fail("ml.bad-option", {
      message: `a dataset is given, and ${beside.join(", ")} beside it, which would change nothing`,
      hint: `Give ${beside.join(", ")} to dataset(...), or leave the dataset out.`,
      fields: { beside },
    });
  }
  if (dataset?.target instanceof Float64Array && Array.isArray(dataset.columns)) return;
  fail("ml.bad-option", {
    message: `dataset is ${dataset === null ? "null" : typeof dataset}; it must be what dataset({ features, labels }) gives`,
    fields: { option: "dataset" },
  });
}

function isSequence(model: AnyOptions["model"]): boolean {
  const kind = typeof model === "object" && "kind" in model ? model.kind : "";
  return ["lstm", "gru", "tcn", "transformer"].includes(kind);
}

/** A model of the rows, taken from an earlier run where there is one. */
export async function trainOn(
  session: Session,
  dataset: Dataset,
  { model, ...options }: AnyOptions,
): Promise<TrainedNet | TrainedTrees> {
  const { startProgress } = session;
  const signal = session.stopSignal?.();
  const watch = { startProgress, ...(signal ? { signal } : {}) };
  if (typeof model === "object" && "kind" in model && model.kind === "trees") {
    const { kind, ...spec } = model;
    const parts = await once(session, { dataset, options, model }, async () =>
      plainOf(await trainTrees({ ...options, ...spec, dataset, ...watch } as TreeOptions)),
    );
    return createTrees(parts);
  }
  const request = { ...options, dataset, ...(model === undefined ? {} : { model: model as NetModel }) };
  // A function that builds a network is known by what it builds.
  const graph = typeof model === "function" ? await initialGraph(request) : undefined;
  const parts = await once(session, { dataset, options, model: graph ?? model }, async (key) => {
    const chart = createLiveChart(session);
    const folder = key === undefined ? undefined : join(session.home, "checkpoints", key);
    const net = await trainNet({
      ...request,
      ...(folder === undefined ? {} : { checkpoint: { folder } }),
      ...watch,
      onEpoch: chart.add,
    });
    if (folder !== undefined && !net.report.stopped) await rm(folder, { recursive: true, force: true });
    return plainOf(net);
  });
  return createNet(parts);
}

/** @param request what the model follows from, the dataset by the hashes of its columns. */
function once<T extends { readonly report: { readonly stopped: boolean } }>(
  session: Session,
  { dataset, ...request }: { readonly dataset: Dataset; readonly options: object; readonly model: unknown },
  compute: Memoised<T>["compute"],
): Promise<T> {
  if (!session.code) return compute(undefined);
  const inputs = { ok: true, inputs: { dataset: datasetInputs(dataset), ...request } } as const;
  return memoised(session, "train", { inputs, compute, isWhole: ({ report }) => !report.stopped });
}

function plainOf<M extends TrainedModel>({ predict, ...parts }: M): Omit<M, "predict"> {
  return parts;
}

function stepOf(model: TrainedNet | TrainedTrees): "epoch" | "round" {
  return "graph" in model ? "epoch" : "round";
}

/** What a report shows of a training. */
export function trainingFact(model: TrainedNet | TrainedTrees, { length, dropped }: Dataset): TrainingFact {
  const { origin, report } = model;
  const { label, library, seed, from, to } = origin;
  const { loss, purged } = report;
  const metrics = { train: report.metrics.train, validation: report.metrics.validation };
  const common = { label, library, seed, from, to, loss, purged, metrics, rows: length, dropped };
  if ("graph" in model) {
    const { summary, weights, epochs, bestEpoch, backendNote } = model.report;
    const size = `${countText(weights)} weights`;
    return { ...common, summary, size, step: "epoch", steps: epochs, best: bestEpoch, note: backendNote };
  }
  const { rounds, bestRound, options } = model.report;
  const size =
    countText(model.ensemble.trees.length) + (model.ensemble.trees.length === 1 ? " tree" : " trees");
  const summary = `${options.objective} trees, ${options.growth}-wise`;
  return { ...common, summary, size, step: "round", steps: rounds, best: bestRound, note: undefined };
}

/** Metrics worth a line, in this order. */
const SHOWN = ["auc", "logLoss", "accuracy", "rmse", "mse", "r2", "correlation", "pinball", "ndcg", "error"];

function summaryOf(model: TrainedNet | TrainedTrees, rows: Dataset) {
  const fact = trainingFact(model, rows);
  const { train: trained, validation: held } = fact.metrics;
  const metrics = SHOWN.filter((name) => trained?.[name] !== undefined)
    .slice(0, 3)
    .map((name): SummaryRow => {
      const heldText = held === undefined ? "" : `, held back ${shortText(held[name] ?? Number.NaN, 4)}`;
      return [name, `trained on ${shortText(trained![name]!, 4)}${heldText}`];
    });
  const { missing, purged } = fact.dropped;
  return {
    title: `${fact.summary}: ${fact.size}`,
    rows: [
      [
        "Rows",
        `${countText(fact.rows)} (${countText(missing)} warm-up, ${countText(purged + fact.purged)} purged)`,
      ],
      [
        fact.step === "epoch" ? "Epochs" : "Rounds",
        `${fact.steps}, best ${fact.best}${model.report.stopped ? ", stopped" : ""}`,
      ],
      ...metrics,
      ["Trained by", fact.library],
      ...(rows.window > 1 ? [["Window", `${rows.window} rows`] as const] : []),
    ] as SummaryRow[],
  };
}
