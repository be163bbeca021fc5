// Makes a clone ready to run: installs packages if they are missing or stale, builds if a source is newer than the
// build. Says what it does; says nothing when there is nothing to do. Run by npm start, npm test and npx tickbook.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { checkNodeVersion } from "./node-version.mjs";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const SOURCES = [
  "kernel",
  "lib",
  "features",
  "optimize",
  "exports",
  "package.json",
  "tsconfig.json",
  "tsconfig.build.json",
];
const STAMP = join(ROOT, "dist", ".built");
const LOCK = join(ROOT, ".setup-lock");

export function setUp() {
  checkNodeVersion();
  // An installed package comes built, without its sources' build settings.
  if (!existsSync(join(ROOT, "tsconfig.build.json"))) return;
  // For whoever edits sources while processes are to run from what was built before.
  if (process.env.TICKBOOK_SKIP_BUILD) return;
  if (!needsInstall() && !needsBuild()) return;
  withLock(() => {
    if (needsInstall()) install();
    if (needsBuild()) build();
  });
}

/** npm rewrites its own record of node_modules at every installation; a newer lock file means that it is stale. */
function needsInstall() {
  const record = join(ROOT, "node_modules", ".package-lock.json");
  return !existsSync(record) || statSync(record).mtimeMs < statSync(join(ROOT, "package-lock.json")).mtimeMs;
}

function needsBuild() {
  return !existsSync(STAMP) || SOURCES.some((name) => newestIn(join(ROOT, name)) > statSync(STAMP).mtimeMs);
}

/** The JupyterLab extension has a build of its own. */
const LAB = join(ROOT, "kernel", "lab");

function newestIn(path) {
  if (path === LAB) return 0;
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newestIn(join(path, name))));
}

function install() {
  say("Installing packages (about a minute, 1.5 GB on disk) ...");
  // Scripts of dependencies are not needed, and one of them would download 300 MB of CUDA libraries.
  run("npm ci", npm(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]));
}

function build() {
  say("Building ...");
  const start = Date.now();
  removeOrphans(join(ROOT, "dist"));
  run("the TypeScript compiler", [
    process.execPath,
    join(ROOT, "node_modules/typescript/bin/tsc"),
    "-p",
    join(ROOT, "tsconfig.build.json"),
  ]);
  writeFileSync(STAMP, "");
  say(`Built in ${((Date.now() - start) / 1000).toFixed(1)} s.`);
}

/** The compiler leaves the files of deleted sources behind; run records hash what is there. */
function removeOrphans(folder) {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) removeOrphans(path);
    else if (entry.name.endsWith(".js") && !existsSync(sourceOf(path))) rmSync(path);
  }
}

function sourceOf(built) {
  return join(ROOT, relative(join(ROOT, "dist"), built)).replace(/\.js$/, ".ts");
}

function npm(args) {
  const cli = process.env.npm_execpath;
  return cli?.endsWith(".js") ? [process.execPath, cli, ...args] : ["npm", ...args];
}

function run(what, [command, ...args]) {
  // npm is a script on Windows, which only a shell starts.
  const shell = process.platform === "win32" && command === "npm";
  const { status, error } = spawnSync(command, args, { cwd: ROOT, stdio: ["ignore", 2, 2], shell });
  if (status === 0) return;
  rmSync(LOCK, { recursive: true, force: true });
  console.error(
    `Set-up stopped: ${what} ${error ? `could not start (${error.message})` : `ended with code ${status}`}.`,
  );
  console.error("  See the lines above; run the same command again to go on from here.");
  process.exit(1);
}

/** Two set-ups at once would tear each other's node_modules: the second waits for the first. */
function withLock(work) {
  const deadline = Date.now() + 600_000;
  for (let told = false; !takeLock(); told = true) {
    if (!told) say("Waiting for another set-up of this clone ...");
    if (Date.now() > deadline) {
      console.error(
        `Another set-up has held ${LOCK} for 10 minutes. If none is running, remove it and try again.`,
      );
      process.exit(1);
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 250);
  }
  try {
    work();
  } finally {
    rmSync(LOCK, { recursive: true, force: true });
  }
}

function takeLock() {
  try {
    mkdirSync(LOCK);
  } catch {
    if (!ownerIsGone()) return false;
    rmSync(LOCK, { recursive: true, force: true });
    return takeLock();
  }
  writeFileSync(join(LOCK, "pid"), String(process.pid));
  return true;
}

function ownerIsGone() {
  try {
    const pid = Number(readFileSync(join(LOCK, "pid"), "utf8"));
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error.code === "ESRCH";
  }
}

function say(line) {
  process.stderr.write(`${line}\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) setUp();
