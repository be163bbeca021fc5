/**
 * A stream that can take bars back: of the last n bars each may come again with other numbers, or come late.
 *
 * Two copies of the stream stand behind it, the older at least n bars, and all that came since is kept: a bar that is
 * corrected goes into that list, and the list runs again from the older copy. So the result is that of a stream which
 * had the right bars from the start, bit for bit.
 */
import { fail, timeText } from "#core";
import type { Plan } from "../plan.ts";
import { type BarValues, PlanStream, type SeriesValue } from "./stream.ts";

type Entry =
  | { readonly kind: "bar"; readonly bar: BarValues }
  | { readonly kind: "see"; readonly symbol: string; readonly bar: BarValues }
  | { readonly kind: "publish"; readonly name: string; readonly value: SeriesValue };

export class Revisions {
  private readonly live: PlanStream;
  private readonly bars: number;
  /** Of bars that run again; nobody reads it. */
  private readonly row: Float64Array;
  private older: PlanStream;
  private newer: PlanStream;
  /** What came since `older`. */
  private entries: Entry[] = [];
  private sinceNewer = 0;
  /** Entries that `newer` has taken of those above. */
  private taken = 0;

  /** @param bars how many of the last may be corrected. */
  constructor(plan: Plan, barMs: number, live: PlanStream, bars: number) {
    this.live = live;
    this.bars = bars;
    this.row = new Float64Array(plan.outputs.length);
    this.older = new PlanStream(plan, barMs);
    this.newer = new PlanStream(plan, barMs);
    this.reset();
  }

  /** Begins anew from the live stream as it stands. */
  reset(): void {
    this.older.copyFrom(this.live);
    this.newer.copyFrom(this.live);
    this.entries = [];
    this.sinceNewer = 0;
    this.taken = 0;
  }

  /** Before the live stream takes it. */
  note(entry: Entry): void {
    if (entry.kind === "bar" && this.sinceNewer++ === this.bars) {
      this.entries.splice(0, this.taken);
      [this.older, this.newer] = [this.newer, this.older];
      this.newer.copyFrom(this.live);
      this.taken = this.entries.length;
      this.sinceNewer = 1;
    }
    this.entries.push(entry);
  }

  /** Puts a bar at its place and runs again. Errors: `features.late-bar` if its place is too far back. */
  revise(bar: BarValues): void {
    const at = this.entries.findIndex((entry) => entry.kind === "bar" && entry.bar.time >= bar.time);
    if (at < 0 || bar.time < this.older.time) {
      fail("features.late-bar", {
        message: `the bar of ${timeText(bar.time)} comes too late: the stream can go back to ${timeText(this.older.time)}`,
        hint: `Open it with a larger number of bars that may be revised; now ${this.bars}.`,
        fields: { time: bar.time, revise: this.bars },
      });
    }
    const place = this.entries[at]!;
    const isSame = place.kind === "bar" && place.bar.time === bar.time;
    this.entries.splice(at, isSame ? 1 : 0, { kind: "bar", bar });
    if (!isSame && at < this.taken) this.taken++;
    this.live.copyFrom(this.older);
    this.entries.forEach((entry, i) => {
      if (i === this.taken) this.newer.copyFrom(this.live);
      this.play(entry);
    });
    if (!isSame && at >= this.taken) this.sinceNewer++;
  }

  private play(entry: Entry): void {
    if (entry.kind === "bar") this.live.push(entry.bar, this.row);
    else if (entry.kind === "see") this.live.see(entry.symbol, entry.bar);
    else this.live.publish(entry.name, entry.value);
  }
}
