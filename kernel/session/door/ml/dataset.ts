import { labelFigure } from "#analysis";
import { checkNames, countText, numberText, percentText, shortText, spanText } from "#core";
import { type Dataset, type DatasetSpec, makeDataset } from "#ml";
import { columnHash } from "../../memo/inputs.ts";
import { present } from "../present.ts";

export interface DatasetRequest extends Omit<DatasetSpec, "table"> {
  /** `set.compute(bars)`, or one an instrument. */
  readonly features: DatasetSpec["table"];
}

/** What a dataset is made from. */
export const SOURCE_NAMES = ["features", "labels", "weights", "from", "to", "window", "missing"];

/**
 * Rows to learn from: features joined with labels, purged of rows whose label looks beyond `to`.
 * Errors: `ml.ragged-rows`, `ml.bad-option`, `ml.empty-dataset`, `core.bad-time`.
 */
export function dataset(request: DatasetRequest) {
  checkNames("ml.bad-option", "dataset options", request, SOURCE_NAMES);
  const { features, ...spec } = request;
  const made = makeDataset({ ...spec, table: features });
  const { length, names, label, time, dropped, window, source } = made;
  return present(made, {
    plot: () => labelFigure(made.time, made.target, made.classes, made.label),
    title: `${countText(length)} rows of ${names.length} features`,
    rows: [
      ["Label", label],
      ["Range", spanText(time[0]!, time.at(-1)!)],
      made.classes > 0 ? ["Classes", classShares(made)] : ["Mean label", shortText(meanOf(made.target))],
      ["Window", window === 1 ? "1 row" : `${window} rows`],
      ...(source.length > 1 ? [["Tables", countText(source.length)] as const] : []),
      [
        "Left out",
        `${countText(dropped.missing)} without a value, ${countText(dropped.unlabelled)} without a label, ${countText(dropped.purged)} purged`,
      ],
      ["Mean weight", numberText(meanOf(made.weight), 3)],
    ],
  });
}

function classShares({ target, classes, length }: Dataset): string {
  return Array.from({ length: classes }, (_, c) => {
    const count = target.reduce((sum, y) => sum + Number(y === c), 0);
    return `${c}: ${percentText(count / length)}`;
  }).join(", ");
}

function meanOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value / values.length, 0);
}

/** A dataset as the memo's key holds it: columns by their hash. */
export function datasetInputs(given: Dataset): object {
  const { columns, target, returns, weight, time, labelEnd, source, series, place, ...others } = given;
  const own = [
    ...columns,
    target,
    returns,
    weight,
    time,
    labelEnd,
    Float64Array.from(place),
    Float64Array.from(series),
  ];
  // Windows reach into rows that are not in the dataset.
  const reached = given.window > 1 ? source.flat() : [];
  return { ...others, columns: [...own, ...reached].map(columnHash) };
}
