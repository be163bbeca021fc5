import {
  axis,
  baseLayout,
  COLOR,
  endLabels,
  type Figure,
  lineMode,
  rangeOf,
  rule,
  topLabel,
} from "./figure.ts";

/** Loss after each epoch or round, on the rows trained on and on those held back; the kept one is marked. */
export function lossFigure(
  train: readonly number[],
  validation: readonly number[],
  best: number,
  step: "epoch" | "round" = "epoch",
): Figure {
  const epochs = train.map((_, i) => i + 1);
  const range = rangeOf(train, validation);
  const lines = [
    { text: "trained on", y: train, color: COLOR.bench, dash: "5px,3px" },
    { text: "held back", y: validation, color: COLOR.accent, dash: "solid" },
  ];
  return {
    data: lines.map(({ text, y, color, dash }) => ({
      type: "scatter",
      mode: lineMode(y.length),
      name: text,
      x: epochs,
      y,
      line: { color, width: 1.75, dash },
      hovertemplate: "%{y:.4f}",
    })),
    layout: {
      ...baseLayout(260),
      margin: { l: 56, r: 80, t: 24, b: 36 },
      xaxis: axis({ title: { text: step }, ...(epochs.length > 1 ? { range: [1, epochs.length] } : {}) }),
      yaxis: axis({ title: { text: "loss", standoff: 8 }, range }),
      shapes: [rule(best)],
      annotations: [
        ...endLabels(
          lines.map(({ text, y, color }) => ({ text, y: y.at(-1) ?? Number.NaN, color })),
          epochs.at(-1),
          range,
        ),
        topLabel(`${step} ${best} kept`, best),
      ],
    },
  };
}
