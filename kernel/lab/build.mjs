// Builds the JupyterLab extension into dist/ with npm and Node alone. Does nothing if dist/ is newer than its sources.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const DIST = join(HERE, "dist");
const STAMP = join(DIST, ".built-from");
const INPUTS = ["src", "style", "schema", "package.json", "package-lock.json", "tsconfig.json", "build.mjs"];

function filesOf(path) {
  const names = readdirSync(join(HERE, path), { withFileTypes: true });
  return names
    .flatMap((entry) => (entry.isDirectory() ? filesOf(join(path, entry.name)) : [join(path, entry.name)]))
    .sort();
}

function hashOf(paths) {
  const hash = createHash("sha256");
  for (const path of paths)
    for (const file of /\.\w+$/.test(path) ? [path] : filesOf(path))
      hash
        .update(file)
        .update("\0")
        .update(readFileSync(join(HERE, file)))
        .update("\0");
  return hash.digest("hex");
}

function run(what, command, args) {
  const { status, error } = spawnSync(command, args, { cwd: HERE, stdio: "inherit" });
  if (status === 0) return;
  console.error(`kernel/lab: ${what} failed${error ? `: ${error.message}` : ` with exit code ${status}`}`);
  process.exit(1);
}

function install() {
  const mark = join(HERE, "node_modules", ".installed-from");
  const lock = hashOf(["package-lock.json"]);
  if (existsSync(mark) && readFileSync(mark, "utf8") === lock) return;
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  run("npm ci", npm, ["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
  writeFileSync(mark, lock);
}

const sources = hashOf(INPUTS);
const isBuilt = existsSync(STAMP) && readFileSync(STAMP, "utf8") === sources;
if (!isBuilt || process.argv.includes("--force")) {
  install();
  rmSync(DIST, { recursive: true, force: true });
  run("the type check", process.execPath, ["node_modules/typescript/bin/tsc", "-p", "tsconfig.json"]);
  run("bundling", process.execPath, [
    "node_modules/@jupyter/builder/lib/build-labextension.js",
    "--core-package-file",
    "node_modules/@jupyterlab/core-meta/core.package.json",
    ".",
  ]);
  mkdirSync(DIST, { recursive: true });
  writeFileSync(STAMP, sources);
}
