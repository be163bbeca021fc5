import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "../../../tidy/sources.ts";
import { layersPage, layersTable } from "./page.ts";

test("docs/onnx-layers.md says what the code says", () => {
  const path = join(ROOT, "docs/onnx-layers.md");
  // UPDATE_DOCS=1 npx vitest run test/exports/onnx/net/page.test.ts writes the page anew.
  if (process.env.UPDATE_DOCS === "1") writeFileSync(path, layersPage());
  expect(readFileSync(path, "utf8")).toBe(layersPage());
});

const README = join(ROOT, "README.md");
const [START, END] = ["<!-- onnx-layers -->\n", "<!-- /onnx-layers -->"];

test("the README's table of layers comes from the code", () => {
  const [before = "", rest = ""] = readFileSync(README, "utf8").split(START);
  const [table = "", after = ""] = rest.split(END);
  if (process.env.UPDATE_DOCS === "1")
    writeFileSync(README, `${before}${START}${layersTable()}${END}${after}`);
  else expect(table).toBe(layersTable());
});
