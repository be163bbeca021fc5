import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { TickbookError } from "#core";
import { schedulerFolder } from "#scheduler";
import { lockFolder } from "#storage";
import { freePort } from "../../free-port.ts";

export const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const TICKBOOK = join(ROOT, "kernel/cli/tickbook.mjs");
const CHROMIUM = "/usr/bin/chromium";
const READY_MS = 90_000;

/** Why the journey can't be walked on this machine; undefined if it can. */
export function missing(): string | undefined {
  if (!existsSync(CHROMIUM)) return `no ${CHROMIUM}`;
  const { VIRTUAL_ENV } = process.env;
  const jupyter = VIRTUAL_ENV ? join(VIRTUAL_ENV, "bin", "jupyter") : "jupyter";
  const { status } = spawnSync(jupyter, ["lab", "--version"], { stdio: "ignore" });
  return status === 0 ? undefined : `no JupyterLab: ${jupyter} lab --version fails`;
}

/** What a tickbook command prints as JSON. */
export async function tickbook(folder: string, ...args: string[]): Promise<unknown> {
  const { stdout } = await promisify(execFile)(process.execPath, [TICKBOOK, ...args, "--json"], {
    cwd: folder,
  });
  return JSON.parse(stdout.trim().split("\n").at(-1)!) as unknown;
}

/** A quant's own folder, with the packages of this repository instead of installed ones. */
export async function writeProject(folder: string): Promise<void> {
  await tickbook(dirname(folder), "init", folder, "--no-install");
  const modules = join(folder, "node_modules");
  mkdirSync(modules);
  symlinkSync(ROOT, join(modules, "tickbook"));
  const places = ["node_modules", "notebooks/node_modules"].map((place) =>
    join(ROOT, place, "vega-datasets"),
  );
  symlinkSync(places.find((place) => existsSync(place))!, join(modules, "vega-datasets"));
}

export interface Lab {
  /** Opens a notebook. */
  address(notebook: string): string;
  stop(): Promise<void>;
}

/** Starts `tickbook lab` on a folder: kernel and extension as a user gets them. */
export async function startLab(folder: string): Promise<Lab> {
  const port = await freePort();
  const token = randomBytes(16).toString("hex");
  const own = join(folder, ".tickbook", "lab-test");
  quietNews(join(own, "settings"));
  const child = spawn(
    process.execPath,
    [
      TICKBOOK,
      ...["lab", folder, "--no-browser", "--port", String(port), "--"],
      ...[`--IdentityProvider.token=${token}`, "--ServerApp.ip=127.0.0.1", "--allow-root"],
    ],
    {
      cwd: folder,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        JUPYTER_CONFIG_DIR: join(own, "config"),
        JUPYTER_DATA_DIR: join(own, "data"),
        JUPYTER_RUNTIME_DIR: join(own, "runtime"),
        JUPYTERLAB_SETTINGS_DIR: join(own, "settings"),
        JUPYTERLAB_WORKSPACES_DIR: join(own, "workspaces"),
      },
    },
  );
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (text) => (said = `${said}${text}`.slice(-8000)));
  const lab = {
    address: (notebook: string) => `http://127.0.0.1:${port}/lab/tree/${notebook}?token=${token}`,
    stop: () => stop(child),
  };
  try {
    await untilAnswers(`http://127.0.0.1:${port}/api/status?token=${token}`, child, () => said);
    return lab;
  } catch (error) {
    await lab.stop();
    throw error;
  }
}

/** JupyterLab asks a newcomer about news, over the panel that is looked at. */
function quietNews(settings: string): void {
  const folder = join(settings, "@jupyterlab", "apputils-extension");
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, "notification.jupyterlab-settings"),
    JSON.stringify({ fetchNews: "false", checkForUpdates: false }),
  );
}

async function untilAnswers(address: string, child: ChildProcess, said: () => string): Promise<void> {
  const until = Date.now() + READY_MS;
  for (;;) {
    const isUp = await fetch(address).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isUp) return;
    if (child.exitCode !== null || Date.now() > until)
      throw new Error(`JupyterLab did not start:\n${said()}`);
    await pause(100);
  }
}

/** Ends JupyterLab with its kernels; by force if it does not end in time. */
async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  const hasEnded = await Promise.race([gone.then(() => true), pause(20_000, false)]);
  if (!hasEnded) child.kill("SIGKILL");
}

interface Account {
  readonly account: string;
  readonly state: string;
}

/** Ends every strategy, exchange and scheduler that the journey has started in a project. */
export async function endAll(folder: string): Promise<void> {
  const home = join(folder, ".tickbook");
  await endScheduler(home);
  const { strategies } = (await tickbook(folder, "live", "ls", "--home", home)) as { strategies: Account[] };
  for (const { account, state } of strategies)
    if (state !== "ended") await tickbook(folder, "live", "stop", "--account", join(home, "live", account));
}

/** The lock of its folder says who the scheduler is. */
async function endScheduler(home: string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    try {
      lockFolder(schedulerFolder(home)).release();
      return;
    } catch (error) {
      const { pid } = (error as TickbookError).fields as { readonly pid?: number };
      if (pid === undefined) throw error;
      if (attempt === 0) process.kill(pid, "SIGTERM");
      await pause(100);
    }
  }
  throw new Error(`the scheduler of ${home} does not end`);
}
