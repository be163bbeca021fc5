import { describe, expect, it } from "vitest";
import { linkStrategy } from "../../../exports/strategy/link/link.ts";
import { loadScript } from "../../../exports/strategy/verify/sandbox.ts";
import { runOf, sliceOf } from "./records.ts";

const run = {
  cells: [
    `import { account, bps, defineStrategy, features, float, freeze, rsi } from "tickbook";
import { clamp, type Range } from "./lib/clamp";
import table from "./table.json" with { type: "json" };`,
    `const strategy = defineStrategy({
  name: "linked", instruments: ["A/USD"], timeframe: "1d",
  account: account({ venue: "binance", kind: "cash", currency: "USD", capital: 1e5, fees: bps(10), slippage: bps(2) }),
  params: { enter: float(0, 100) },
  features: features({ rsi: rsi(2) }),
  onBar(ctx) {
    const range: Range = [0, table.most];
    ctx.target({ weight: clamp(1, range) });
  },
});`,
    "const best = freeze({ enter: 3 });\nexport const live = strategy.with(best);",
  ],
  frozen: { best: { enter: 3 } },
  modules: {
    "lib/clamp.ts":
      'import { bounded } from "./more";\nexport type Range = readonly [number, number];\nexport const clamp = (x: number, [a, b]: Range) => bounded(x, a, b);',
    "lib/more.ts": "export const bounded = (x: number, a: number, b: number) => Math.min(Math.max(x, a), b);",
    "table.json": '{"most":1}',
  },
};

describe("a slice", () => {
  it("is what the linker takes: modules by path, frozen values by binding, tickbook/strategy", async () => {
    const result = await sliceOf(run);
    if (!result.ok) throw new Error(JSON.stringify(result.refusals));
    const { readObject } = runOf(run);
    const objects = { get: readObject, put: async () => "", has: async () => true };
    const { script, inputs } = await linkStrategy(result.slice, {
      objects,
      packagesFrom: import.meta.dirname,
      packages: [],
    });
    expect(inputs.filter((input) => /^strategy:(lib|table)/.test(input))).toEqual([
      "strategy:lib/clamp.ts",
      "strategy:lib/more.ts",
      "strategy:table.json",
    ]);
    expect(loadScript(script).call("describe")).toMatchObject({ name: "linked", params: { enter: 3 } });
  });
});
