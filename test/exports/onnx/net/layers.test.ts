/** Every layer that can be written, but for recurrent ones: onnxruntime beside tfjs, a row alone and in a batch. */
import { expect, test } from "vitest";
import { LAYERS } from "../../../../exports/onnx/net/table.ts";
import { CASES } from "./cases.ts";
import { isRecurrent, testLayer } from "./test-layer.ts";

test("every layer of the table is tested", () => {
  expect(Object.keys(CASES).sort()).toEqual(Object.keys(LAYERS).sort());
});

// An InputLayer is never called; graphs.test.ts has them.
for (const name of Object.keys(CASES)) if (name !== "InputLayer" && !isRecurrent(name)) testLayer(name);
