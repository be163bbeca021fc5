import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../temporary-folder.ts";
import { ROOT } from "../tidy/sources.ts";

/** Installing takes a minute and the registry: only where all tests run. */
const isWhole = process.env.MODE === "all";

function run(folder: string, command: string, ...args: string[]) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd: folder, encoding: "utf8" });
  if (error) throw error;
  expect(status, `${command} ${args.join(" ")}\n${stdout}\n${stderr}`).toBe(0);
  return stdout;
}

describe("the package", () => {
  const pack = () => {
    const folder = temporaryFolder();
    run(ROOT, "npm", "pack", "--ignore-scripts", "--pack-destination", folder, "--loglevel=error");
    return join(folder, readdirSync(folder)[0]!);
  };

  it("holds what runs, and neither sources nor tests", () => {
    const listed = run(ROOT, "npm", "pack", "--ignore-scripts", "--dry-run", "--json", "--loglevel=error");
    const [{ files }] = JSON.parse(listed) as [{ files: { path: string }[] }];
    const paths = files.map(({ path }) => path);
    for (const path of [
      "kernel/cli/tickbook.mjs",
      "kernel/cli/setup.mjs",
      "kernel/cli/init/first.ipynb",
      "kernel/cli/jupyter/logo/logo-64x64.png",
      "dist/kernel/jupyter/main.js",
      "dist/kernel/session/api.d.ts",
      "dist/lib/core/index.d.ts",
    ]) {
      expect(paths).toContain(path);
    }
    expect(
      paths.filter((path) => /^(test|bench|notebooks|var)\/|\.tickbook|(?<!\.d)\.ts$/.test(path)),
    ).toEqual([]);
  });

  it.runIf(isWhole)(
    "is installed in an empty folder, writes a project, runs its notebook and promotes it",
    () => {
      const tarball = pack();
      const empty = temporaryFolder();
      const init = join(ROOT, "kernel/cli/tickbook.mjs");
      run(empty, process.execPath, init, "init", "my-research", "--tickbook", `file:${tarball}`);
      const project = join(empty, "my-research");
      const tickbook = (...args: string[]) => run(project, "npx", "tickbook", ...args);
      const outcome = JSON.parse(tickbook("run", "first.ipynb", "--json")) as {
        status: string;
        record: string;
      };
      expect(outcome).toMatchObject({ status: "ok", record: expect.stringMatching(/^[0-9a-f]{64}$/) });
      const promoted = JSON.parse(tickbook("promote", outcome.record, "--json")) as {
        ok: boolean;
        path: string;
      };
      expect(promoted.ok).toBe(true);
      expect(existsSync(join(promoted.path, "strategy.js"))).toBe(true);
      tickbook("bundle", "verify", promoted.path);
      const jupyter = join(project, "jupyter");
      tickbook("jupyter", "install", "--prefix", jupyter);
      expect(existsSync(join(jupyter, "share/jupyter/kernels/tickbook/kernel.json"))).toBe(true);
    },
    600_000,
  );
});
