import {
  calibrationFigure,
  type Figure,
  icDecayFigure,
  impliedFigure,
  importanceFigure,
  shapFigure,
  splitsFigure,
} from "#analysis";
import { countText, fail, numberText, silentProgress } from "#core";
import {
  type CombinatorialSplits,
  type CrossValidation,
  type Dataset,
  icDecay as decay,
  type FeatureImportance,
  type IcDecayOptions,
  impliedPositions,
  type PermutationOptions,
  permutationImportance,
  ranked,
  rowsALabel,
  type ScoreOptions,
  type Scores,
  type Split,
  subset,
  type TrainedNet,
  type TrainedTrees,
  treeShap,
  crossValidate as validate,
} from "#ml";
import type { Bars } from "#model";
import type { Session } from "../../ports.ts";
import { currentSession } from "../current-session.ts";
import { present, type SummaryRow } from "../present.ts";
import { type NetRequest, sourceOf, type TreesRequest, trainOn } from "./train.ts";

type Validated = CrossValidation<TrainedNet | TrainedTrees>;

export type CrossValidateRequest = (NetRequest | TreesRequest) & {
  /** Of `walkForward`, `purgedKFold` or `combinatorialPurged`. */
  readonly splits: readonly Split[] | CombinatorialSplits;
  /** Confidence and resamples of the intervals. */
  readonly scores?: ScoreOptions;
  /** Models trained at a time. Default 2. */
  readonly parallel?: number;
};

/** "implied": what positions by the predictions would have earned; "splits" over time; "calibration" of chances. */
export type ValidationPlot = "implied" | "splits" | "calibration";

export type CrossValidated = Validated & { plot(what?: ValidationPlot): Figure };

/**
 * Trains a model on each split and scores it on rows that it has not seen, with intervals. Takes what `train` takes.
 * Errors: those of `train`, `ml.bad-option` for splits of other rows, `ml.interrupted`.
 */
export async function crossValidate(request: CrossValidateRequest): Promise<CrossValidated> {
  const { splits, scores, parallel, ...training } = request;
  const session = currentSession();
  const { rows, options } = sourceOf(training);
  if (typeof options.validation === "object") {
    fail("ml.bad-option", {
      message: "crossValidate: validation is a dataset, whose rows the splits may be tested on",
      hint: "Give a share: the last part of each split's training rows.",
      fields: { option: "validation" },
    });
  }
  const silent = quiet(session);
  const signal = session.stopSignal?.();
  const result = await validate({
    dataset: rows,
    splits,
    train: (part) => trainOn(silent, part, options),
    startProgress: session.startProgress,
    ...(scores ? { scores } : {}),
    ...(parallel === undefined ? {} : { parallel }),
    ...(signal ? { signal } : {}),
  });
  return present(result, {
    plot: (what: ValidationPlot = "implied") => figureOf(result, what),
    title: `Cross-validation: ${result.folds.length} splits, ${countText(result.scores.rows)} rows tested`,
    rows: scoreRows(result.scores),
  } as never) as unknown as CrossValidated;
}

/** One progress bar and no notices for all trainings. */
function quiet(session: Session): Session {
  const own = { display: () => {}, record: () => {}, startProgress: silentProgress, isWatched: false };
  return Object.assign(Object.create(session), own);
}

function scoreRows({ metrics, confidence }: Scores): SummaryRow[] {
  return Object.entries(metrics).map(([name, { value, low, high }]) => [
    name,
    Number.isNaN(low)
      ? numberText(value, 4)
      : `${numberText(value, 4)}  (${Math.round(confidence * 100)} %: ${numberText(low, 4)} to ${numberText(high, 4)})`,
  ]);
}

function figureOf(result: Validated, what: ValidationPlot): Figure {
  const { dataset, folds, scores } = result;
  switch (what) {
    case "splits": {
      const timesOf = (rows: Uint32Array) => Float64Array.from(rows, (row) => dataset.time[row]!);
      return splitsFigure(
        folds.map(({ split }) => ({
          name: split.name,
          train: timesOf(split.train),
          test: timesOf(split.test),
        })),
      );
    }
    case "calibration":
      if (scores.calibration.length === 0) {
        fail("ml.bad-option", {
          message: `plot("calibration"): the model gives ${result.outputs.join(", ")}, and no chance of one class`,
          fields: { outputs: result.outputs },
        });
      }
      return calibrationFigure(scores.calibration);
    case "implied":
      return impliedPlot(result);
    default:
      return fail("ml.bad-option", {
        message: `plot: there is no figure "${String(what)}"; there are implied, splits and calibration`,
        fields: { what },
      });
  }
}

function impliedPlot({ dataset, outputs, predictions, paths }: Validated): Figure {
  // Labels that overlap share the money: each is held by as many rows as begin while it is made.
  const share = 1 / rowsALabel(dataset);
  const outcomes = (columns: readonly Float64Array[]) =>
    impliedPositions(columns, outputs).map((position, i) => share * position * dataset.returns[i]!);
  return impliedFigure(dataset.time, [
    { name: "all tested", outcomes: outcomes(predictions), isMain: true },
    ...paths.map((path, p) => ({
      name: `path ${p + 1}`,
      outcomes: outcomes(path.predictions),
      isMain: false,
    })),
  ]);
}

export interface ImportanceOptions extends PermutationOptions {
  /**
   * "permutation" on the test rows (any model), "gain" of the splits (trees: mean decrease of impurity), "shap" of the
   * test rows (trees). Default "permutation".
   */
  readonly method?: "permutation" | "gain" | "shap";
}

export interface Importance {
  readonly method: string;
  /** By falling importance, over all folds. */
  readonly features: readonly FeatureImportance[];
  plot(): Figure;
}

/** SHAP is drawn and averaged over at most so many test rows a fold. */
const SHAP_ROWS = 1000;

/** Which features the models of a cross-validation live on. Errors: `ml.bad-option`. */
export async function importance(
  result: CrossValidation,
  { method = "permutation", ...options }: ImportanceOptions = {},
): Promise<Importance> {
  const methods = ["permutation", "gain", "shap"];
  if (!methods.includes(method) || !Array.isArray(result?.folds)) {
    fail("ml.bad-option", {
      message: methods.includes(method)
        ? "importance: it is not given what crossValidate returns"
        : `importance: method is ${JSON.stringify(method)}; it must be ${methods.join(", ")}`,
      hint: 'importance(await crossValidate({ ... }), { method: "permutation" })',
      fields: { method },
    });
  }
  const { names } = result.dataset;
  const show = (features: readonly FeatureImportance[], figure: Figure): Importance =>
    present(
      { method, features },
      {
        plot: () => figure,
        title: `Importance by ${method}`,
        rows: features.map(({ name, value, error }) => [
          name,
          `${numberText(value, 5)}${Number.isNaN(error) ? "" : ` ± ${numberText(error, 5)}`}`,
        ]),
      },
    );
  if (method === "permutation") {
    const features = await permutationImportance(result, options);
    return show(features, importanceFigure(features, "How much worse without the feature (permutation)"));
  }
  const folds = result.folds.map((fold) => ({ ...fold, model: treesOf(fold.model, method) }));
  if (method === "gain") {
    const shares = folds.map(({ model }) => gainShares(model));
    const features = ranked(
      names,
      names.map((_, j) => shares.map((share) => share[j]!)),
    );
    return show(features, importanceFigure(features, "Share of the splits' gain"));
  }
  const explained = await Promise.all(folds.map(({ model, split }) => explain(model, result.dataset, split)));
  const columnsOf = (pick: (one: (typeof explained)[number]) => readonly Float64Array[]) =>
    names.map((_, j) => Float64Array.from(explained.flatMap((one) => [...pick(one)[j]!])));
  const features = ranked(
    names,
    names.map((_, j) => explained.map(({ values }) => meanSize(values[j]!))),
  );
  const figure = shapFigure(
    names,
    columnsOf(({ values }) => values),
    columnsOf(({ columns }) => columns),
  );
  return show(features, figure);
}

function treesOf(model: unknown, method: string): TrainedTrees {
  if (typeof model === "object" && model !== null && "ensemble" in model) return model as TrainedTrees;
  return fail("ml.bad-option", {
    message: `importance: method "${method}" needs trees, and the model is a network`,
    hint: 'Use method "permutation".',
    fields: { method },
  });
}

function gainShares({ report }: TrainedTrees): number[] {
  const total = report.importance.reduce((sum, { gain }) => sum + gain, 0) || 1;
  return report.importance.map(({ gain }) => gain / total);
}

async function explain(model: TrainedTrees, dataset: Dataset, split: Split) {
  const stride = Math.max(1, Math.ceil(split.test.length / SHAP_ROWS));
  const { columns } = subset(
    dataset,
    split.test.filter((_, i) => i % stride === 0),
  );
  // Of several outputs the last: the highest class.
  const { values } = await treeShap(model.ensemble, columns);
  return { columns, values: values.at(-1)! };
}

function meanSize(values: Float64Array): number {
  return values.reduce((sum, value) => sum + Math.abs(value) / values.length, 0);
}

/**
 * How long predictions hold: their correlation with returns over 1, 2, 3, ... bars, with intervals.
 * @param predictions one a bar of `bars`, NaN for none; or a cross-validation of one instrument's rows.
 * Errors: `ml.bad-option`.
 */
export function icDecay(predictions: Float64Array | CrossValidation, bars: Bars, options?: IcDecayOptions) {
  const isColumn = predictions instanceof Float64Array;
  if (!isColumn && !(predictions?.dataset && predictions.predictions)) {
    fail("ml.bad-option", {
      message: "icDecay: predictions are neither a Float64Array, one number a bar, nor a cross-validation",
      fields: { option: "predictions" },
    });
  }
  const column = isColumn ? predictions : onBars(predictions, bars);
  const points = decay(column, bars, options);
  return present(
    { points },
    {
      plot: () =>
        icDecayFigure(
          points.map(({ lag, rankIc }) => ({ lag, ...rankIc })),
          "Rank IC by horizon",
        ),
      title: `Information coefficient over ${countText(points[0]?.rows ?? 0)} bars`,
      rows: points.map(
        ({ lag, ic, rankIc }): SummaryRow => [
          `${lag} bars`,
          `IC ${numberText(ic.value, 4)}, rank IC ${numberText(rankIc.value, 4)} (${numberText(rankIc.low, 4)} to ${numberText(rankIc.high, 4)})`,
        ],
      ),
    },
  );
}

/** Implied positions by the bar's start. */
function onBars({ dataset, predictions, outputs }: CrossValidation, { time }: Bars): Float64Array {
  const positions = impliedPositions(predictions, outputs);
  const values = outputs.length === 1 ? predictions[0]! : positions;
  const at = new Map(Array.from(dataset.time, (start, i) => [start, values[i]!]));
  if (dataset.source.length > 1) {
    fail("ml.bad-option", {
      message: `icDecay: the predictions are of ${dataset.source.length} instruments; give one's column`,
      fields: { instruments: dataset.source.length },
    });
  }
  return time.map((start) => at.get(start) ?? Number.NaN);
}
