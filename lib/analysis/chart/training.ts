import { axis, baseLayout, COLOR, type Figure, lineLabel } from "./figure.ts";

/** Loss after each epoch, on the rows trained on and on those held back; the kept epoch is marked. */
export function lossFigure(
  train: readonly number[],
  validation: readonly number[],
  bestEpoch: number,
): Figure {
  const epochs = train.map((_, i) => i + 1);
  const line = (name: string, y: readonly number[], color: string, dash: string) => ({
    type: "scatter",
    mode: "lines",
    name,
    x: epochs,
    y,
    line: { color, width: 1.75, dash },
    hovertemplate: "%{y:.4f}",
  });
  return {
    data: [line("trained", train, COLOR.bench, "dash"), line("held back", validation, COLOR.accent, "solid")],
    layout: {
      ...baseLayout(260, "Loss by epoch"),
      xaxis: axis({ title: { text: "epoch" } }),
      yaxis: axis({ tickformat: ".3f" }),
      shapes: [
        {
          type: "line",
          x0: bestEpoch,
          x1: bestEpoch,
          yref: "paper",
          y0: 0,
          y1: 1,
          line: { color: COLOR.bench, width: 1, dash: "dot" },
        },
      ],
      annotations: [
        lineLabel("trained", epochs.at(-1), train.at(-1), COLOR.bench),
        ...(validation.length > 0
          ? [lineLabel("held back", epochs.at(-1), validation.at(-1), COLOR.accent)]
          : []),
      ],
    },
  };
}
