import { escapeHtml } from "#core";
import { axis, baseLayout, COLOR, type Figure, lineMode, plotTime } from "./figure.ts";
import { drawnBars } from "./thin.ts";

export interface TradeMark {
  readonly time: number;
  readonly price: number;
  /** +1 bought, -1 sold. */
  readonly side: 1 | -1;
  readonly text: string;
}

/** Closing prices with a mark at each fill: a triangle up for a buy, down for a sale. */
export function tradesFigure(
  time: Float64Array,
  close: Float64Array,
  symbol: string,
  marks: readonly TradeMark[],
): Figure {
  const bars = drawnBars(close);
  const side = (which: 1 | -1) => {
    const chosen = marks.filter((mark) => mark.side === which);
    return {
      type: "scatter",
      mode: "markers",
      name: which > 0 ? "bought" : "sold",
      x: chosen.map((mark) => plotTime(mark.time)),
      y: chosen.map((mark) => mark.price),
      text: chosen.map((mark) => mark.text),
      marker: {
        symbol: which > 0 ? "triangle-up" : "triangle-down",
        color: which > 0 ? COLOR.gain : COLOR.loss,
        size: 9,
      },
      hovertemplate: "%{text}<extra></extra>",
    };
  };
  return {
    data: [
      {
        type: "scatter",
        mode: lineMode(bars.length),
        connectgaps: true,
        name: escapeHtml(symbol),
        x: Array.from(bars, (i) => plotTime(time[i]!)),
        y: Array.from(bars, (i) => close[i]!),
        line: { color: COLOR.bench, width: 1.1 },
        hovertemplate: "%{y:,.8~r}<extra></extra>",
      },
      side(1),
      side(-1),
    ],
    layout: {
      ...baseLayout(320, `${symbol}: fills`),
      hovermode: "closest",
      xaxis: axis({ type: "date" }),
      yaxis: axis({ separatethousands: true, exponentformat: "none" }),
    },
  };
}
