import { axis, baseLayout, COLOR, type Figure } from "./figure.ts";

/**
 * How far ahead leaking features read: for each, by how much its values change when only the future does, over the
 * bars before that moment.
 * @param profile by feature: relative change, index 0 the last bar that both histories share.
 */
export function lookaheadFigure(profile: Readonly<Record<string, readonly number[]>>): Figure {
  const names = Object.keys(profile).sort((a, b) => profile[a]!.length - profile[b]!.length);
  const width = Math.min(60, Math.max(12, ...names.map((name) => lastChange(profile[name]!) + 4)));
  const back = Array.from({ length: width }, (_, k) => k - width + 1);
  return {
    data: [
      {
        type: "heatmap",
        x: back,
        y: names,
        // Shades of a decade each: a change of 1e-6 is as much a leak as one of 1.
        z: names.map((name) => back.map((at) => shade(profile[name]![-at] ?? 0))),
        customdata: names.map((name) => back.map((at) => profile[name]![-at] ?? 0)),
        colorscale: [
          [0, "rgba(25, 118, 210, 0.06)"],
          [1, COLOR.loss],
        ],
        zmin: 0,
        zmax: 1,
        xgap: 1,
        ygap: 2,
        showscale: false,
        hovertemplate: "%{y}, %{x} bars: changes by %{customdata:.2g} of its size<extra></extra>",
      },
    ],
    layout: {
      ...baseLayout(60 + 26 * Math.max(1, names.length), "Values that change when only the future does"),
      margin: { l: 8, r: 8, t: 40, b: 36 },
      hovermode: "closest",
      xaxis: axis({ title: { text: "bars before the moment" }, dtick: Math.max(1, Math.round(width / 8)) }),
      yaxis: axis({ automargin: true, showgrid: false }),
    },
  };
}

function lastChange(sizes: readonly number[]): number {
  return sizes.findLastIndex((size) => size > 0) + 1;
}

function shade(size: number): number {
  return size > 0 ? Math.min(1, Math.max(0.35, 1 + Math.log10(Math.min(size, 1)) / 10)) : 0;
}
