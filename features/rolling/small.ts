/** Sums and means of a few values over whole columns: what ./mean.ts gives for them, bit for bit. */
import { generate } from "../drive/generate.ts";

type Column = (x: Float64Array, out: Float64Array) => void;

const made = new Map<string, Column>();

/**
 * Fills `out` from the n-th value on: oldest + the distances from it / n, or oldest n + the distances from it.
 * @param n values, 1 to 8.
 */
export function smallColumn(what: "mean" | "sum", x: Float64Array, out: Float64Array, n: number): void {
  const key = `${what}${n}`;
  let column = made.get(key);
  if (column === undefined) {
    column = generateColumn(what, n) ?? plainColumn(what, n);
    made.set(key, column);
    // Not for the first time over a long column: see features/drive/batch.ts.
    for (let k = 0; k < 3; k++) column(new Float64Array(300), new Float64Array(300));
  }
  if (x.length >= n) column(x, out);
}

/** The window in local variables, so that each value is read once. */
function generateColumn(what: string, n: number): Column | undefined {
  const names = Array.from({ length: n }, (_, k) => `a${k}`);
  const older = names.slice(0, -1);
  const sum = ["0", ...names.slice(1).map((name) => `(${name} - a0)`)].join(" + ");
  const body = `
    ${older.map((name, k) => `let ${name} = x[${k}];`).join(" ")}
    const share = 1 / ${n}, count = x.length;
    for (let i = ${n - 1}; i < count; i++) {
      const a${n - 1} = x[i];
      out[i] = ${what === "mean" ? `a0 + (${sum}) * share` : `a0 * ${n} + (${sum})`};
      ${older.map((name, k) => `${name} = a${k + 1};`).join(" ")}
    }`;
  return generate<Column>(`${what} of ${n}`, ["x", "out"], body);
}

function plainColumn(what: string, n: number): Column {
  const share = 1 / n;
  return (x, out) => {
    for (let i = n - 1; i < x.length; i++) {
      const oldest = x[i - n + 1]!;
      let sum = 0;
      for (let k = i - n + 2; k <= i; k++) sum += x[k]! - oldest;
      out[i] = what === "mean" ? oldest + sum * share : oldest * n + sum;
    }
  };
}
