import { type Figure, lossFigure } from "#analysis";
import { checkNames, countText, numberText } from "#core";
import { exportOnnx as exportNet, type OnnxExport } from "#exports";
import type { FeatureSet, FeatureTable } from "#features";
import {
  createNet,
  type Dataset,
  type Labels,
  makeDataset,
  type TrainedNet,
  type TrainOptions,
  trainNet,
} from "#ml";
import { columnHash } from "../memo/inputs.ts";
import { memoised } from "../memo/memo.ts";
import { currentSession } from "./current-session.ts";
import { present } from "./present.ts";

export interface TrainRequest extends Omit<TrainOptions, "dataset" | "startProgress"> {
  /** `set.compute(bars)`. */
  readonly features: FeatureTable;
  /** `direction(bars, { horizon })`. */
  readonly labels: Labels;
  /** First bar to learn from. */
  readonly from?: string | number | Date;
  /** Last ("2015" means all of 2015); rows whose label looks beyond it are left out. */
  readonly to?: string | number | Date;
}

const OPTION_NAMES: readonly (keyof TrainRequest)[] = [
  "features",
  "labels",
  "from",
  "to",
  "validation",
  "hidden",
  "activation",
  "dropout",
  "epochs",
  "batchSize",
  "learningRate",
  "seed",
  "patience",
  "backend",
];

export interface Net extends TrainedNet {
  /** Loss after each epoch. */
  plot(): Figure;
}

/**
 * Trains a small neural network on complete rows, the last part held back to stop in time. Seeded: the same request
 * gives the same weights, and in a notebook the network of an earlier run. Errors: `ml.empty-dataset`, `ml.bad-target`, `ml.bad-option`.
 */
export async function train(request: TrainRequest): Promise<Net> {
  checkNames("ml.bad-option", "train options", request, OPTION_NAMES);
  const { features, labels, from, to, ...options } = request;
  const session = currentSession();
  const { startProgress, record } = session;
  const range = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
  const dataset = makeDataset({ table: features, labels, ...range });
  const compute = async () => {
    const { predict, ...parts } = await trainNet({ ...options, dataset, startProgress });
    return parts;
  };
  const inputs = { ok: true, inputs: { dataset: datasetInputs(dataset), options } } as const;
  const net = createNet(
    session.code ? await memoised(session, "train", { inputs, compute }) : await compute(),
  );
  const { report } = net;
  record({ kind: "training", value: { ...report, rows: dataset.length, dropped: dataset.dropped } });
  const held = report.metrics.validation;
  return present(net, {
    plot: () => lossFigure(report.loss.train, report.loss.validation, report.bestEpoch),
    title: `Network ${report.sizes.join("-")}, ${countText(report.weights)} weights`,
    rows: [
      [
        "Rows",
        `${countText(dataset.length)} (${countText(dataset.dropped.missing)} warm-up, ${countText(dataset.dropped.purged)} purged)`,
      ],
      ["Epochs", `${report.epochs}, best ${report.bestEpoch}`],
      ["AUC trained", numberText(report.metrics.train.auc, 3)],
      ["AUC held back", numberText(held?.auc ?? Number.NaN, 3)],
      ["Backend", `${report.library}, ${report.backend}`],
    ],
  });
}

function datasetInputs({ columns, target, time, labelEnd, ...others }: Dataset): object {
  return { ...others, columns: [...columns, target, time, labelEnd].map(columnHash) };
}

/**
 * Writes a net as one ONNX graph, preprocessing included, and proves that it predicts what the trainer predicts.
 * Errors: `exports.contract-mismatch`, `exports.parity-failed`.
 */
export async function exportOnnx(
  net: TrainedNet,
  options: { readonly features: FeatureSet },
): Promise<OnnxExport> {
  const model = await exportNet(net, options);
  currentSession().record({
    kind: "export",
    value: { hash: model.hash, inputs: model.inputs, parity: model.parity },
  });
  return model;
}
