/** Candles of a tile, and the means they are measured by: what ./candle.ts sums for one bar, bit for bit. */
import { INPUTS, LANES, OUTPUTS, WORK } from "../rolling/lanes.ts";
import { joinLanes, mayHaveBelowZero, meanTenLane, scaleLane } from "../rolling/pair-lanes.ts";
import { BODY_BARS, type Candles } from "./candle.ts";

/** What a tile of candles can be given: mean bodies and ranges of the ten bars before each, and both ends of each body. */
export type Extra = "bodies" | "ranges" | "ends";

const [OPEN, HIGH, LOW, CLOSE] = [INPUTS, INPUTS + 1, INPUTS + 2, INPUTS + 3];
const [BODIES, RANGES, SIZES, TOPS, BOTTOMS, GAPS] = [WORK, WORK + 1, WORK + 2, WORK + 3, WORK + 4, WORK + 5];

/** The lanes as candles. */
export function candleLanes(extras: readonly Extra[]): Candles {
  const given = (extra: Extra, lane: number) => (extras.includes(extra) ? LANES[lane] : undefined);
  return {
    open: LANES[OPEN]!,
    high: LANES[HIGH]!,
    low: LANES[LOW]!,
    close: LANES[CLOSE]!,
    bodies: given("bodies", BODIES),
    ranges: given("ranges", RANGES),
    tops: given("ends", TOPS),
    bottoms: given("ends", BOTTOMS),
  };
}

/** Fills the extras of the bars from `start` on; ends also of those before. */
export function fillExtras(extras: readonly Extra[], start: number, end: number): void {
  const first = Math.max(start, BODY_BARS);
  if (extras.includes("bodies")) {
    joinLanes("distance", CLOSE, OPEN, SIZES, first - BODY_BARS, end);
    meanTenLane(SIZES, BODIES, first, end);
  }
  if (extras.includes("ranges")) {
    joinLanes("minus", HIGH, LOW, SIZES, first - BODY_BARS, end);
    meanTenLane(SIZES, RANGES, first, end);
  }
  if (!extras.includes("ends")) return;
  joinLanes("larger", OPEN, CLOSE, TOPS, 0, end);
  joinLanes("smaller", OPEN, CLOSE, BOTTOMS, 0, end);
}

/** Finds gaps between the body of each bar and that before it. Takes the ends. */
export function fillGaps(start: number, end: number): void {
  joinLanes("minus", TOPS, BOTTOMS, SIZES, start, end, 1);
  joinLanes("minus", TOPS, BOTTOMS, GAPS, start, end, 0, 1);
  joinLanes("smaller", SIZES, GAPS, GAPS, start, end);
}

/** Whether there may be a gap before one of a few bars. */
export function mayHaveGap(start: number, end: number): boolean {
  return mayHaveBelowZero(GAPS, start, end);
}

/** Marks bodies of at most a tenth of the mean range. */
export function markDojis(start: number, end: number): void {
  joinLanes("distance", CLOSE, OPEN, SIZES, start, end);
  scaleLane("scaled", RANGES, RANGES, start, end, 0.1, 1);
  joinLanes("mark", SIZES, RANGES, OUTPUTS, start, end);
}

/** Marks short bodies between longer shadows, 100 or -100 by colour. */
export function markSpinningTops(start: number, end: number): void {
  joinLanes("distance", CLOSE, OPEN, SIZES, start, end);
  // The least of the mean body and both shadows.
  joinLanes("minus", HIGH, TOPS, GAPS, start, end);
  joinLanes("smaller", GAPS, BODIES, BODIES, start, end);
  joinLanes("minus", BOTTOMS, LOW, GAPS, start, end);
  joinLanes("smaller", GAPS, BODIES, BODIES, start, end);
  for (let i = start; i < end; i++)
    results[i] = +(sizes[i]! < least[i]!) * (200 * +(closes[i]! >= opens[i]!) - 100) + 0;
}

const [opens, closes, sizes, least, results] = [
  LANES[OPEN]!,
  LANES[CLOSE]!,
  LANES[SIZES]!,
  LANES[BODIES]!,
  LANES[OUTPUTS]!,
];
