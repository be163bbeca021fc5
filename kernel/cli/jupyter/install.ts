/**
 * What Jupyter finds: folders of files, below one of its data folders. No Python takes part.
 *
 *   kernels/tickbook/             kernel.json, logos
 *   kernels/tslab/                the same kernel under tslab's name, if asked for
 *   labextensions/tickbook-lab/   the built extension, install.json
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { fail } from "#core";
import { kernelArgv } from "#jupyter";
import { packageRoot } from "../version.ts";

export const EXTENSION = "tickbook-lab";
const KERNEL = "tickbook";
const ATTEMPTS_MAX = 50;
const PAUSE_MS = 40;
/** Says in kernel.json's metadata whose it is, so that nothing of anybody else's is removed. */
const OWNER = "tickbook";

export interface Installed {
  readonly kernels: readonly string[];
  /** Missing where the extension was not built. */
  readonly extension?: string;
}

export interface InstallOptions {
  /** Also answer to the kernelspec name `tslab`. */
  readonly replaceTslab?: boolean;
}

/**
 * Writes kernelspec and extension below a data folder of Jupyter's, each at once or not at all.
 * Errors: `cli.foreign-kernel`, `storage.unwritable`.
 */
export async function install(
  folder: string,
  { replaceTslab = false }: InstallOptions = {},
): Promise<Installed> {
  const kernels: string[] = [];
  for (const name of [KERNEL, ...(replaceTslab ? ["tslab"] : [])]) {
    const place = join(folder, "kernels", name);
    if (existsSync(place) && !replaceTslab) await assertOwn(place);
    await replaceFolder(folder, place, (to) => writeKernelspec(to));
    kernels.push(place);
  }
  const built = builtExtension();
  if (!built) return { kernels };
  const extension = join(folder, "labextensions", EXTENSION);
  await replaceFolder(folder, extension, async (to) => {
    await cp(built, to, { recursive: true });
    const how = {
      packageManager: "npm",
      packageName: EXTENSION,
      uninstallInstructions: "tickbook jupyter uninstall",
    };
    await writeFile(join(to, "install.json"), `${JSON.stringify(how, null, 2)}\n`);
  });
  return { kernels, extension };
}

/** Removes what `install` wrote, and nothing else. @returns what was removed. */
export async function uninstall(folder: string): Promise<readonly string[]> {
  const removed: string[] = [];
  for (const name of [KERNEL, "tslab"]) {
    const place = join(folder, "kernels", name);
    if (await isOwn(place)) removed.push(place);
  }
  const extension = join(folder, "labextensions", EXTENSION);
  if (existsSync(join(extension, "install.json"))) removed.push(extension);
  for (const place of removed) await rm(place, { recursive: true, force: true });
  return removed;
}

/** In a clone, which brings sources: builds the extension, unless it is as new as they are. Errors: `cli.not-built`. */
export function buildExtension(): void {
  const script = fileURLToPath(new URL("kernel/lab/build.mjs", packageRoot));
  if (!existsSync(script)) return;
  if (!builtExtension())
    process.stderr.write("Building the JupyterLab extension (once, about a minute) ...\n");
  const { status } = spawnSync(process.execPath, [script], { stdio: ["ignore", 2, 2] });
  if (status !== 0)
    fail("cli.not-built", { message: `${script} ended with code ${status}`, fields: { script } });
}

/** The built extension that this copy of tickbook brings; undefined in a clone that has not built it. */
export function builtExtension(): string | undefined {
  const folder = fileURLToPath(new URL("kernel/lab/dist/", packageRoot));
  return existsSync(join(folder, "package.json")) ? folder : undefined;
}

async function writeKernelspec(folder: string): Promise<void> {
  const spec = {
    argv: kernelArgv(),
    display_name: "TypeScript (tickbook)",
    language: "typescript",
    interrupt_mode: "message",
    metadata: { owner: OWNER, debugger: false },
  };
  await mkdir(folder);
  await writeFile(join(folder, "kernel.json"), `${JSON.stringify(spec, null, 2)}\n`);
  const logos = fileURLToPath(new URL("kernel/cli/jupyter/logo/", packageRoot));
  await cp(logos, folder, { recursive: true });
}

/**
 * Fills a new folder and puts it in the old one's place: a front end never sees half of it, nor the new one under
 * another name, because it stands above what front ends look through.
 */
async function replaceFolder(
  data: string,
  place: string,
  fill: (folder: string) => Promise<void>,
): Promise<void> {
  let fresh = "";
  try {
    await mkdir(dirname(place), { recursive: true });
    fresh = await mkdtemp(join(data, ".tickbook-"));
    await fill(join(fresh, "new"));
    for (let attempt = 1; ; attempt++) {
      await rename(place, join(fresh, `old-${attempt}`)).catch(passIfMissing);
      try {
        await rename(join(fresh, "new"), place);
        break;
      } catch (error) {
        // Another installation was faster: what it wrote is replaced in its turn.
        if (attempt === ATTEMPTS_MAX) throw error;
        await pause(PAUSE_MS * Math.random());
      }
    }
    await rm(fresh, { recursive: true, force: true });
  } catch (cause) {
    if (fresh !== "") await rm(fresh, { recursive: true, force: true }).catch(() => {});
    fail("storage.unwritable", {
      message: `${dirname(place)} can't be written to: ${(cause as Error).message}`,
      hint: "Install for yourself with --user, or run with the rights that this folder asks for.",
      fields: { path: place },
      cause,
    });
  }
}

function passIfMissing(error: unknown): void {
  if ((error as { code?: unknown }).code !== "ENOENT") throw error;
}

async function assertOwn(place: string): Promise<void> {
  if (await isOwn(place)) return;
  fail("cli.foreign-kernel", {
    message: `${place} holds a kernel that is not tickbook's`,
    fields: { path: place },
  });
}

async function isOwn(place: string): Promise<boolean> {
  try {
    const spec = JSON.parse(await readFile(join(place, "kernel.json"), "utf8")) as {
      metadata?: { owner?: unknown };
    };
    return spec.metadata?.owner === OWNER;
  } catch {
    return false;
  }
}
