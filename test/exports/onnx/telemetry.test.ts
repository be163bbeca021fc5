import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, it } from "vitest";
import { exportOnnx } from "#exports";
import { temporaryFolder } from "../../temporary-folder.ts";
import { ROOT } from "../../tidy/sources.ts";
import { set, smallNet } from "./nets.ts";

// onnxruntime keeps an id of the machine below the home folder when it may tell its maker what it runs.
it("a process that predicts tells nobody, and leaves nothing in the home folder", async () => {
  const home = temporaryFolder();
  const model = await exportOnnx(await smallNet(), { features: set });
  writeFileSync(join(home, "model.onnx"), model.bytes);
  const ml = pathToFileURL(join(ROOT, "dist/lib/ml/index.js")).href;
  const script = `import { readFileSync } from "node:fs";
    const { loadPredictor } = await import(${JSON.stringify(ml)});
    const inputs = ${JSON.stringify(model.inputs)};
    const predictor = await loadPredictor({ bytes: readFileSync("model.onnx"), inputs });
    process.stdout.write(String(await predictor.predictRow(new Float64Array(inputs.length))));
    await predictor.close();`;
  const output = execFileSync(process.execPath, ["--input-type=module", "-e", script], {
    cwd: home,
    env: { HOME: home, PATH: process.env.PATH },
  });
  expect(Number(output)).toBeGreaterThan(0);
  expect(existsSync(join(home, ".cache"))).toBe(false);
  expect(readdirSync(home)).toEqual(["model.onnx"]);
});
