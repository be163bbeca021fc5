import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { accuracy, auc, classMetrics, logLoss } from "#ml";

/** Rows with few distinct probabilities, so that ties are common. */
const rows = fc.array(fc.tuple(fc.integer({ min: 0, max: 12 }), fc.boolean()), {
  minLength: 1,
  maxLength: 60,
});
const columns = (list: readonly (readonly [number, boolean])[]) =>
  [Float64Array.from(list, ([p]) => p / 12), Float64Array.from(list, ([, y]) => Number(y))] as const;

describe("auc", () => {
  test("is the share of (one, zero) pairs in the right order, ties counting half", () => {
    return fc.assert(
      fc.property(rows, (list) => {
        const [p, y] = columns(list);
        let right = 0;
        let pairs = 0;
        y.forEach((one, i) => {
          y.forEach((zero, j) => {
            if (one !== 1 || zero !== 0) return;
            pairs++;
            right += p[i]! > p[j]! ? 1 : p[i] === p[j] ? 0.5 : 0;
          });
        });
        if (pairs === 0) expect(auc(p, y)).toBeNaN();
        else expect(auc(p, y)).toBeCloseTo(right / pairs, 12);
      }),
    );
  });
});

describe("logLoss", () => {
  test("of the base rate is the entropy of the classes", () => {
    const y = Float64Array.of(1, 0, 0, 0);
    const p = new Float64Array(4).fill(0.25);
    expect(logLoss(p, y)).toBeCloseTo(-(0.25 * Math.log(0.25) + 0.75 * Math.log(0.75)), 14);
  });

  test("stays finite where a certain prediction is wrong", () => {
    expect(logLoss(Float64Array.of(0, 1), Float64Array.of(1, 0))).toBeCloseTo(-Math.log(1e-7), 8);
  });
});

test("accuracy counts one half as a one", () => {
  expect(accuracy(Float64Array.of(0.5, 0.49, 0.9), Float64Array.of(1, 0, 0))).toBeCloseTo(2 / 3, 14);
});

test("nothing is known of no rows", () => {
  const none = new Float64Array(0);
  expect(classMetrics(none, none)).toEqual({ rows: 0, logLoss: NaN, auc: NaN, accuracy: NaN, baseRate: NaN });
});
