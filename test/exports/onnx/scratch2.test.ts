import { test } from "vitest";
import { exportOnnx } from "#exports";
import { forwardReturn, makeDataset, mlp, lstm, gru, transformer, tcn, trees, trainTrees } from "#ml";
import { bars, dataset, set, smallNet, smallTrees, table, windowed } from "./nets.ts";
test("scales", async () => {
  for (const h of [1, 3])
    for (const [name, model, window, scaleUp] of [["mlp", mlp({ hidden: [16, 16] }), 1,1], ["big", mlp({ hidden: [128,64] }), 1,1], ["lstm", lstm({ units: [8] }), 6,1], ["tf", transformer({ heads: 2, keyDim: 3, layers: 1, feedForward: 6 }), 6,1], ["tcn", tcn({ filters: 4, kernelSize: 2, dilations: [1, 2] }), 6,1], ["tiny", mlp({ hidden: [16, 16] }), 1,1e-4]] as const) {
      const l = forwardReturn(bars, { horizon: h });
      const ds = makeDataset({ table, labels: { ...l, values: l.values.map((v) => v * scaleUp) }, window });
      const net = await smallNet({ model: model as never, dataset: ds, epochs: 20 });
      const { parity } = await exportOnnx(net, { features: set });
      const p = (await net.predict(table.columns))[0]!.filter(Number.isFinite);
      const P = p.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
      console.log(name, h, "P", P.toExponential(2), parity.groups.map((g) => `${g.name} ${g.maxAbsolute.toExponential(1)} S${(g as any).scale?.toExponential(1)}`).join(" "));
    }
}, 60000);
