/** Ticks and labels of the equity chart: every line named at its end, no two names over each other. */
import { COLOR, type Figure, type Span } from "#analysis";
import { plotlyText } from "../chart.ts";
import { numberText, percentText, spanText } from "../format.ts";

export interface EquityEnds {
  readonly symbol: string;
  /** First and last bar drawn. */
  readonly from: number;
  readonly to: number;
  /** What 1 became. */
  readonly grown: number;
  readonly held: number;
  readonly maxDrawdown: number;
  /** Least and most of both curves. */
  readonly range: readonly [number, number];
}

type Part = Readonly<Record<string, unknown>>;

/** Two-line labels nearer than this share of the axis are moved apart. */
const LABEL_SHARE = 0.14;

export function equityLayout(figure: Figure, ends: EquityEnds, spans: readonly Span[]): Part {
  const ticks = growthTicks(...ends.range);
  return {
    margin: { l: 56, r: 112, t: 24, b: 28 },
    xaxis: { ...(figure.layout.xaxis as Part), range: [ends.from, ends.to] },
    yaxis: {
      ...(figure.layout.yaxis as Part),
      ticksuffix: "",
      tickvals: ticks,
      ticktext: ticks.map((value) => `${Number(value.toPrecision(3))}×`),
    },
    annotations: [...endLabels(ends), ...spans.map(spanLabel)],
  };
}

/** Powers of two where the curves go that far, else even steps: at most 9. */
function growthTicks(low: number, high: number): number[] {
  const powers: number[] = [];
  const every = Math.ceil(Math.log2(high / low) / 8) || 1;
  for (let k = Math.ceil(Math.log2(low)); k <= Math.log2(high); k++) {
    if (k % every === 0) powers.push(2 ** k);
  }
  if (powers.length >= 3) return powers;
  const step =
    [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1].find((each) => (high - low) / each <= 8) ?? 1;
  const first = Math.ceil(low / step);
  const count = Math.max(0, Math.floor(high / step) - first + 1);
  return Array.from({ length: count }, (_, i) => (first + i) * step);
}

function endLabels({ symbol, to, grown, held, maxDrawdown, range }: EquityEnds): Part[] {
  const share = Math.abs(Math.log(grown / held)) / Math.log(range[1] / range[0]);
  const isCrowded = share < LABEL_SHARE;
  const anchor = (isUpper: boolean) => (isCrowded ? (isUpper ? "bottom" : "top") : "middle");
  return [
    label(
      `<b>Strategy</b><br>${numberText(grown)}×`,
      to,
      Math.log10(grown),
      COLOR.gain,
      "y",
      anchor(grown >= held),
    ),
    label(
      `${plotlyText(symbol)} held<br>${numberText(held)}×`,
      to,
      Math.log10(held),
      COLOR.bench,
      "y",
      anchor(grown < held),
    ),
    label(`<b>Drawdown</b><br>max ${percentText(maxDrawdown)}`, to, 0, COLOR.gain, "y2", "top"),
  ];
}

function label(text: string, x: number, y: number, color: string, yref: string, yanchor: string): Part {
  const place = { x, y, yref, xanchor: "left", yanchor, xshift: 6, align: "left" };
  return { text, ...place, showarrow: false, font: { color, size: 11 } };
}

function spanLabel({ name, from, to, highlight }: Span): Part {
  const text = `${name} ${spanText(from, to)}`;
  const place = { x: from, y: 1, yref: "paper", xanchor: "left", yanchor: "bottom", xshift: 2 };
  return { text: highlight ? `<b>${text}</b>` : text, ...place, showarrow: false, font: { size: 11 } };
}
