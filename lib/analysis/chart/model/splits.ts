import { escapeHtml } from "#core";
import { axis, baseLayout, COLOR, type Figure, plotTime } from "../figure.ts";

/** A split's rows by the start of their bars (UTC milliseconds, rising). */
export interface SplitRows {
  readonly name: string;
  readonly train: Float64Array;
  readonly test: Float64Array;
}

/** Splits are drawn as runs of rows; a step longer than so many usual ones parts two runs. */
const STEP_FACTOR = 8;

/** Which rows each split learns from and is tested on, over time; what is white between them is purged. */
export function splitsFigure(splits: readonly SplitRows[]): Figure {
  const shown = splits.slice(0, 40);
  const stepMs = Math.max(1, typicalStep(shown[0]?.train ?? new Float64Array(0)));
  const bars = (part: "train" | "test", name: string, color: string) => {
    const runs = shown.flatMap((split) =>
      runsOf(split[part], stepMs * STEP_FACTOR).map(([from, to]) => ({ split: split.name, from, to })),
    );
    return {
      type: "bar",
      orientation: "h",
      name,
      showlegend: true,
      y: runs.map(({ split }) => escapeHtml(split)),
      base: runs.map(({ from }) => plotTime(from)),
      x: runs.map(({ from, to }) => to - from + stepMs),
      marker: { color },
      customdata: runs.map(({ to }) => plotTime(to)),
      hovertemplate: `${name}: %{base} to %{customdata}<extra>%{y}</extra>`,
    };
  };
  return {
    data: [bars("train", "learnt from", COLOR.accent), bars("test", "tested on", COLOR.loss)],
    layout: {
      ...baseLayout(90 + 22 * Math.max(2, shown.length), "Splits"),
      margin: { l: 8, r: 16, t: 40, b: 36 },
      hovermode: "closest",
      barmode: "overlay",
      bargap: 0.3,
      showlegend: true,
      legend: { orientation: "h", x: 0.5, xanchor: "center", y: 1.02, yanchor: "bottom" },
      xaxis: axis({ type: "date" }),
      yaxis: axis({ autorange: "reversed", showgrid: false }),
    },
  };
}

function typicalStep(times: Float64Array): number {
  const steps = Array.from(times.subarray(1), (time, i) => time - times[i]!)
    .filter((step) => step > 0)
    .sort((a, b) => a - b);
  return steps[Math.floor(steps.length / 2)] ?? 0;
}

function runsOf(times: Float64Array, stepMax: number): [number, number][] {
  const runs: [number, number][] = [];
  for (const time of times) {
    const last = runs.at(-1);
    if (last && time - last[1] <= stepMax) last[1] = time;
    else runs.push([time, time]);
  }
  return runs;
}
