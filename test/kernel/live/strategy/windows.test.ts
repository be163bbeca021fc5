/** Models that look at several rows predict in the strategy's process what they predicted in the notebook. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Golden } from "#backtest";
import { decodeValue, encodeValue } from "#core";
import type { Bundle } from "#exports";
import { type Bars, indexAtTime } from "#model";
import { GOLDEN } from "../../../../exports/strategy/bundle/manifest.ts";
import { barAt } from "../../../../exports/strategy/verify/bar-at.ts";
import { RecentRows } from "../../../../kernel/live/strategy/recent-rows.ts";
import type { StrategyProcess, StrategySnapshot } from "../../../../kernel/live/strategy/types.ts";
import { set } from "../../../exports/onnx/nets.ts";
import { promotedWindowed, WINDOW } from "../../../exports/strategy/windowed.ts";
import { startProcess } from "./bundles.ts";

let bundle: Bundle;
let golden: Golden;
let bars: readonly Bars[];

async function promoted(): Promise<void> {
  ({ bundle, bars } = await promotedWindowed());
  golden = decodeValue(new TextDecoder().decode(bundle.files.get(GOLDEN)!)) as Golden;
}

/** Where the golden stretch begins, its warm-up taken in. */
async function warm(): Promise<StrategyProcess> {
  await promoted();
  const running = await startProcess({ bundle });
  const { instruments, memory } = golden;
  await running.start({
    memory,
    instruments: instruments.map(({ instrument, snapshot }) => ({
      instrument,
      ...(snapshot ? { snapshot } : {}),
    })),
  });
  await running.warmUp(
    instruments.map((one) => Array.from({ length: one.warmup }, (_, n) => barAt(one.bars, n))),
  );
  return running;
}

/** Decisions `from` to `to` of the golden stretch. */
async function decide(running: StrategyProcess, from: number, to: number) {
  const next = golden.instruments.map(({ warmup }) => warmup);
  const started = golden.instruments.map((one) => (one.started ? 1 : 0));
  const answers = [];
  for (const [n, { closed, view }] of golden.decisions.entries()) {
    if (n >= to) break;
    const barsNow = closed.map((flag, i) => {
      if (flag === 0) return undefined;
      started[i] = 1;
      return barAt(golden.instruments[i]!.bars, next[i]!++);
    });
    if (n < from) continue;
    const { rows: _, ...answer } = await running.decide({ bars: barsNow, started: [...started], view });
    answers.push(answer);
  }
  return answers;
}

/** What the notebook's backtest recorded of the same decisions. */
function recorded(from: number, to: number) {
  const next = golden.instruments.map(({ warmup }) => warmup);
  return golden.decisions.slice(0, to).flatMap(({ closed, signals, after: memory }, n) => {
    closed.forEach((flag, i) => {
      next[i]! += flag;
    });
    if (n < from) return [];
    const predictions = golden.instruments.map((one, i) => ({
      near: one.predictions.near![next[i]! - 1]!,
      far: one.predictions.far![next[i]! - 1]!,
    }));
    return [{ predictions, signals, memory }];
  });
}

describe("a strategy with models of one row and of six, on two instruments", () => {
  it("is in its process what it was in the backtest, bit for bit", async () => {
    const answers = await decide(await warm(), 0, 500);
    expect(answers).toHaveLength(500);
    for (const [n, each] of recorded(0, 500).entries())
      expect(encodeValue(answers[n]), `decision ${n}`).toBe(encodeValue(each));
  });

  it("goes on bit for bit from a snapshot, wherever it is cut", async () => {
    const goesOn = fc.asyncProperty(
      fc.integer({ min: 0, max: 150 }),
      fc.boolean(),
      async (cut, withPredictions) => {
        const whole = await warm();
        await decide(whole, 0, cut);
        const stored = encodeValue(await whole.snapshot());
        const { predictions, ...rest } = decodeValue(stored) as StrategySnapshot;
        const again = await startProcess({ bundle });
        // Without them the windows' rows are predicted anew.
        await again.start(withPredictions ? { ...rest, predictions } : rest);
        expect(encodeValue(await again.snapshot())).toBe(stored);
        expect(encodeValue(await decide(again, cut, cut + 10))).toBe(encodeValue(recorded(cut, cut + 10)));
        await Promise.all([whole.stop(), again.stop()]);
      },
    );
    expect(await fc.check(goesOn, { numRuns: 3 })).toMatchObject({ failed: false });
  }, 30_000);

  it("predicts from its first bar on after a fresh start of exactly the bars it warms up from", async () => {
    await promoted();
    const { manifest } = bundle;
    const running = await startProcess({ bundle });
    await running.start({ instruments: manifest.instruments.map((instrument) => ({ instrument })) });
    const first = golden.instruments.map((one, i) => indexAtTime(bars[i]!, one.bars.time[300]!));
    await running.warmUp(
      first.map((at, i) =>
        Array.from({ length: manifest.warmupBars }, (_, n) => barAt(bars[i]!, at - manifest.warmupBars + n)),
      ),
    );
    const { view } = golden.decisions[0]!;
    for (let n = 0; n < 40; n++) {
      const answer = await running.decide({
        bars: first.map((at, i) => barAt(bars[i]!, at + n)),
        started: [1, 1],
        view,
      });
      answer.predictions.forEach((found, i) => {
        const wanted = golden.instruments[i]!.predictions;
        expect(found.far, `bar ${n}`).toBeCloseTo(wanted.far![300 + n]!, 4);
        expect(found.near).toBeCloseTo(wanted.near![300 + n]!, 4);
      });
    }
  });

  it("predicts nothing by a model whose rows have not all been seen", async () => {
    await promoted();
    const running = await startProcess({ bundle });
    const { manifest } = bundle;
    await running.start({ instruments: manifest.instruments.map((instrument) => ({ instrument })) });
    // The first rows of the model's own features lack values; then its window fills.
    const { warmup } = set;
    const { view } = golden.decisions[0]!;
    const known: boolean[] = [];
    for (let n = 0; n < warmup + WINDOW + 2; n++) {
      const [far] = (await running.decide({ bars: [barAt(bars[0]!, n), undefined], started: [1, 0], view }))
        .predictions;
      known.push(Number.isFinite(far!.far));
    }
    expect(known.indexOf(true)).toBe(warmup + WINDOW - 1);
  });
});

it("recent rows are the end of all rows, however they come", () => {
  const same = fc.property(
    fc.integer({ min: 1, max: 4 }),
    fc.integer({ min: 1, max: 9 }),
    fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 30 }),
    (width, kept, counts) => {
      const recent = new RecentRows(width, kept);
      const all: number[] = [];
      for (const count of counts) {
        const rows = Float64Array.from({ length: count * width }, (_, i) => all.length + i);
        all.push(...rows);
        recent.push(rows);
        const length = Math.min(kept, all.length / width);
        expect(recent.length).toBe(length);
        for (let n = 1; n <= length; n++)
          expect([...recent.latest(n)!]).toEqual(all.slice(all.length - n * width));
        expect(recent.latest(length + 1)).toBeUndefined();
        const column = new Float64Array(length + 1);
        recent.copyColumn(width - 1, column, 1);
        expect([...column.subarray(1)]).toEqual(
          all.slice(all.length - length * width).filter((_, i) => i % width === width - 1),
        );
      }
    },
  );
  expect(fc.check(same)).toMatchObject({ failed: false });
});
