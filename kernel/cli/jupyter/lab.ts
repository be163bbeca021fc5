import { spawn, spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { basename, delimiter, dirname, join, resolve } from "node:path";
import { fail } from "#core";
import { shellWord } from "../shell-word.ts";
import { buildExtension, install } from "./install.ts";

/** What is installed where there is none: the version that the extension is built for. */
const JUPYTERLAB = "jupyterlab==4.6.*";
const isWindows = process.platform === "win32";

export interface LabOptions {
  /** A notebook or a folder. */
  readonly path: string;
  readonly port?: string;
  readonly browser: boolean;
  readonly printCommand?: boolean;
  /** For JupyterLab itself. */
  readonly others: readonly string[];
}

/** Starts JupyterLab on a folder, and ends with it. Errors: `cli.no-jupyterlab`, `cli.bad-option`. */
export async function openLab({ path, port, browser, printCommand, others }: LabOptions): Promise<void> {
  const target = resolve(path);
  if (!existsSync(target)) fail("cli.bad-option", { message: `there is no ${target}`, fields: { path } });
  const isFile = statSync(target).isFile();
  const root = isFile ? dirname(target) : target;
  const home = join(root, ".tickbook");
  const jupyter = findJupyterLab(home) ?? installJupyterLab(home);
  const data = join(home, "jupyter");
  // Who only wants to read the command does not wait for a build.
  if (!printCommand) buildExtension();
  await install(data);
  const args = [
    "lab",
    `--ServerApp.root_dir=${root}`,
    ...(isFile ? [`--LabApp.default_url=/lab/tree/${encodeURIComponent(basename(target))}`] : []),
    ...(port === undefined ? [] : [`--port=${port}`]),
    ...(browser ? [] : ["--no-browser"]),
    ...others,
  ];
  const paths = [data, process.env.JUPYTER_PATH].filter((each) => each).join(delimiter);
  if (printCommand) {
    process.stdout.write(`JUPYTER_PATH=${[paths, jupyter, ...args].map(shellWord).join(" ")}\n`);
    return;
  }
  const child = spawn(jupyter, args, { stdio: "inherit", env: { ...process.env, JUPYTER_PATH: paths } });
  // Ctrl-C reaches JupyterLab by itself: it asks, and ends.
  process.on("SIGINT", () => {});
  process.once("SIGTERM", () => child.kill("SIGTERM"));
  process.exitCode = await new Promise<number>((done) => child.once("exit", (code) => done(code ?? 1)));
}

/** The one of the active environment, of the project, or on the PATH. */
function findJupyterLab(home: string): string | undefined {
  const active = process.env.VIRTUAL_ENV;
  const candidates = [
    ...(active ? [inEnvironment(active, "jupyter")] : []),
    inEnvironment(join(home, "python"), "jupyter"),
    "jupyter",
  ];
  return candidates.find((each) => spawnSync(each, ["lab", "--version"], { stdio: "ignore" }).status === 0);
}

function installJupyterLab(home: string): string {
  const python = ["python3", "python"].find(
    (each) => spawnSync(each, ["--version"], { stdio: "ignore" }).status === 0,
  );
  if (!python) {
    return fail("cli.no-jupyterlab", {
      message: "there is no JupyterLab on this machine, and no Python to install it with",
      hint: "Install Python 3.9 or later and run this again. Without it: tickbook run <notebook>.",
    });
  }
  const folder = join(home, "python");
  process.stderr.write(
    `There is no JupyterLab here: installing ${JUPYTERLAB} with pip in ${folder} (once, about a minute) ...\n`,
  );
  run(python, ["-m", "venv", folder]);
  run(inEnvironment(folder, "python"), [
    "-m",
    "pip",
    "install",
    "--quiet",
    "--disable-pip-version-check",
    JUPYTERLAB,
  ]);
  return inEnvironment(folder, "jupyter");
}

function run(command: string, args: readonly string[]): void {
  // Standard output belongs to whoever called us.
  const { status, error } = spawnSync(command, args, { stdio: ["ignore", 2, 2] });
  if (status === 0) return;
  fail("cli.no-jupyterlab", {
    message: `${command} ${args.join(" ")} ${error ? `can't be run: ${error.message}` : `ended with code ${status}`}`,
    hint: "Its words stand above. On Debian and Ubuntu: apt install python3-venv.",
  });
}

function inEnvironment(folder: string, name: string): string {
  return isWindows ? join(folder, "Scripts", `${name}.exe`) : join(folder, "bin", name);
}
