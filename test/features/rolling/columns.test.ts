/** Kernels over whole columns give the bits of the streams, also over several tiles, with gaps in time and flat stretches. */
import { describe, expect, test } from "vitest";
import { createFeature, FEATURE_CATALOG, features } from "#features";

const LENGTH = 3500;

/** A walk of small steps from a seed, with flat stretches, jumps, and bars that are missing. */
function walk(seed: number) {
  let state = seed;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const column = () => new Float64Array(LENGTH);
  const [time, open, high, low, close, volume] = [column(), column(), column(), column(), column(), column()];
  let [now, price] = [1_700_000_000_000, 100];
  for (let i = 0; i < LENGTH; i++) {
    now += 60_000 * (random() < 0.02 ? 1 + Math.floor(random() * 90) : 1);
    const isFlat = i % 700 > 640;
    time[i] = now;
    open[i] = price;
    if (!isFlat) price *= i % 997 === 996 ? 3 : 1 + 0.01 * (random() - 0.5);
    close[i] = price;
    high[i] = Math.max(open[i]!, price) * (isFlat ? 1 : 1 + 0.002 * random());
    low[i] = Math.min(open[i]!, price) * (isFlat ? 1 : 1 - 0.002 * random());
    volume[i] = Math.floor(random() * 1000);
  }
  return { time, open, high, low, close, volume };
}

const own = (id: string, params: Record<string, number>) =>
  [FEATURE_CATALOG.find((one) => one.id === id)!, params] as const;

const CASES = [
  ...[2, 8, 9, 30, 300, 1100].flatMap((period) =>
    [
      ...["technical.sma", "technical.wma", "math.sum", "math.max", "math.min", "math.minmaxindex"],
      ...["statistic.variance", "technical.willr", "technical.midprice", "technical.vortex"],
    ].map((id) => own(id, { period })),
  ),
  ...[2, 30, 256, 257].map((period) => own("statistic.percentrank", { period })),
  ...[3, 40].map((period) => own("technical.aroon", { period })),
  ...["technical.smi", "technical.kdj", "technical.tsi", "technical.fosc", "technical.stochrsi"].map((id) =>
    own(id, {}),
  ),
  ...["technical.fractal", "technical.ultosc", "technical.ac"].map((id) => own(id, {})),
  ...FEATURE_CATALOG.filter(({ group }) => group === "pattern").map(({ id }) => own(id, {})),
];

describe("over several tiles", () => {
  test.each(
    CASES.map(([definition, params]) => [definition.id, JSON.stringify(params), definition, params] as const),
  )("%s %s", (id, _text, definition, params) => {
    for (const seed of [1, 2]) {
      const bars = walk(seed);
      const whole = createFeature(definition, params);
      const set = features(Object.fromEntries(definition.outputs.map((name) => [name, whole[name]!])));
      const { columns } = set.compute(bars);
      const stream = set.stream({ timeframe: "1m" });
      const row = new Float64Array(columns.length);
      for (let i = 0; i < LENGTH; i++) {
        const at = (name: keyof typeof bars) => bars[name][i]!;
        stream.push(
          {
            time: at("time"),
            open: at("open"),
            high: at("high"),
            low: at("low"),
            close: at("close"),
            volume: at("volume"),
          },
          row,
        );
        for (let k = 0; k < columns.length; k++) {
          if (!Object.is(columns[k]![i], row[k]))
            expect.fail(`${id}, seed ${seed}, bar ${i}: ${columns[k]![i]} in the batch, ${row[k]} streamed`);
        }
      }
    }
  });
});
