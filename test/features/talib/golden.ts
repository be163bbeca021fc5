import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { BAR_COLUMNS, type BarColumn, type BarColumns } from "#model";

/** One call of a TA-Lib function: its inputs, parameters and what came out. */
export interface TalibCase {
  readonly talib: string;
  readonly dataset: string;
  readonly bars: BarColumns;
  readonly inputs: readonly BarColumn[];
  readonly params: readonly number[];
  readonly outputs: readonly Float64Array[];
}

interface Header {
  readonly talib: string;
  readonly datasets: Readonly<Record<string, { readonly rows: number; readonly at: readonly number[] }>>;
  readonly cases: readonly (Pick<TalibCase, "talib" | "dataset" | "inputs" | "params"> & {
    readonly outputs: readonly number[];
  })[];
}

/** Reads what oracle.py wrote. */
export function readGolden(path: string | URL): TalibCase[] {
  const content = gunzipSync(readFileSync(path));
  const end = content.indexOf(10);
  const header = JSON.parse(content.subarray(0, end).toString()) as Header;
  const numbers = new Float64Array(
    content.buffer.slice(content.byteOffset + end + 1, content.byteOffset + content.length),
  );
  const bars = new Map<string, BarColumns>();
  for (const [name, { rows, at }] of Object.entries(header.datasets)) {
    const columns = BAR_COLUMNS.map((column, k) => [column, numbers.subarray(at[k]!, at[k]! + rows)]);
    const time = Float64Array.from({ length: rows }, (_, i) => Date.UTC(2024, 0) + i * 36e5);
    bars.set(name, { time, ...Object.fromEntries(columns) } as BarColumns);
  }
  return header.cases.map((one) => {
    const columns = bars.get(one.dataset)!;
    const outputs = one.outputs.map((at) => numbers.subarray(at, at + columns.time.length));
    return { ...one, bars: columns, outputs };
  });
}
