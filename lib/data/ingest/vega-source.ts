import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fail } from "#core";
import type { CandleSource } from "#model";
import { createFileSource } from "./file-source.ts";
import { readCandles } from "./files-source.ts";

const FILE = join("data", "sp500-2000.csv");

/**
 * The S&P 500 index, daily, 2000-01-03 to 2020-04-17: 5,105 real rows in the npm package `vega-datasets`.
 * @param options.resolveFrom absolute folder whose node_modules (or a parent's) holds the package.
 * Errors: `data.package-missing`, `data.unknown-symbol`, `data.bad-timeframe`.
 */
export function vegaSource({ resolveFrom }: { readonly resolveFrom: string }): CandleSource {
  return createFileSource({
    name: "vega",
    spec: { symbol: "SPX/USD", tick: "0.01", lot: "0.001", minNotional: "10", calendar: "weekdays" },
    timeframe: "1d",
    async *read() {
      yield* readCandles([findFile(resolveFrom)], { format: "csv" });
    },
  });
}

/** The package's `exports` hide its data: its main module is found, then the folder above it that has the file. */
function findFile(resolveFrom: string): string {
  let cause: unknown;
  try {
    const main = createRequire(join(resolveFrom, "package.json")).resolve("vega-datasets");
    for (let folder = dirname(main); folder !== dirname(folder); folder = dirname(folder)) {
      if (existsSync(join(folder, FILE))) return join(folder, FILE);
    }
  } catch (error) {
    cause = error;
  }
  return fail("data.package-missing", {
    message: `the npm package vega-datasets, which holds the S&P 500 data, can't be found from ${resolveFrom}`,
    hint: "Install it in the notebooks' folder: npm install vega-datasets",
    fields: { package: "vega-datasets", resolveFrom },
    cause,
  });
}
