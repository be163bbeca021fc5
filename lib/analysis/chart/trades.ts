import { timeText } from "#core";
import { axis, baseLayout, COLOR, type Figure } from "./figure.ts";

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
  const side = (which: 1 | -1) => {
    const chosen = marks.filter((mark) => mark.side === which);
    return {
      type: "scatter",
      mode: "markers",
      name: which > 0 ? "bought" : "sold",
      x: chosen.map((mark) => timeText(mark.time)),
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
        mode: "lines",
        name: symbol,
        x: Array.from(time, timeText),
        y: Array.from(close, (price) => (Number.isFinite(price) ? price : null)),
        line: { color: COLOR.bench, width: 1.1 },
        hovertemplate: "%{y:,.2f}<extra></extra>",
      },
      side(1),
      side(-1),
    ],
    layout: {
      ...baseLayout(320, `${symbol}: fills`),
      hovermode: "closest",
      xaxis: axis({ type: "date" }),
      yaxis: axis({ tickformat: ",.0f" }),
    },
  };
}
