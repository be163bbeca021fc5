import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { ROOT } from "./sources.ts";

// The two rules that a trading daemon cannot do without are young in the linter: a new release could rename or
// weaken them, and nobody would notice. So the faults they are for are planted, across a door, and must be found.
// Beside this test, not among the sources: a source that comes and goes would have other tests rebuild.
const folder = join(ROOT, "test", "tidy", "lint-probe");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("lint refuses a promise that nobody awaits, and a switch that forgets a case", () => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, "probe.ts"),
    `import { openStore } from "#data";
type Kind = "a" | "b";
export function forget(kind: Kind): number {
  openStore("x").close();
  switch (kind) {
    case "a":
      return 1;
  }
  return 2;
}
`,
  );
  const bin = join(ROOT, "node_modules", "@biomejs", "biome", "bin", "biome");
  let output = "";
  try {
    execFileSync(process.execPath, [bin, "lint", "--colors=off", folder], { cwd: ROOT, stdio: "pipe" });
  } catch (error) {
    output = String((error as { stderr: Buffer }).stderr) + String((error as { stdout: Buffer }).stdout);
  }
  expect(output).toContain("noFloatingPromises");
  expect(output).toContain("useExhaustiveSwitchCases");
});
