import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { fail } from "#core";

export interface Where {
  readonly user?: boolean;
  /** Such as /usr/local, or an environment's folder. */
  readonly prefix?: string;
  /** A Python environment; true for the active one. */
  readonly venv?: string | true;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The folder below which Jupyter looks for kernels and extensions. Default: the user's. Errors: `cli.bad-option`. */
export function jupyterFolder(
  where: Where,
  environment: Environment = process.env,
  platform = process.platform,
): string {
  const given = [where.user, where.prefix, where.venv].filter((each) => each !== undefined && each !== false);
  if (given.length > 1) {
    fail("cli.bad-option", {
      message: "--user, --prefix and --venv exclude each other",
      hint: "Give one of them.",
    });
  }
  if (where.prefix !== undefined) return join(resolve(where.prefix), "share", "jupyter");
  if (where.venv !== undefined) return join(venvFolder(where.venv, environment), "share", "jupyter");
  return userFolder(environment, platform);
}

/** Where Jupyter keeps a user's data: docs.jupyter.org, "Common directories and file locations". */
function userFolder(environment: Environment, platform: NodeJS.Platform): string {
  const { JUPYTER_DATA_DIR, XDG_DATA_HOME, APPDATA } = environment;
  if (JUPYTER_DATA_DIR) return JUPYTER_DATA_DIR;
  const home = homedir();
  if (platform === "darwin") return join(home, "Library", "Jupyter");
  if (platform === "win32") return join(APPDATA ?? join(home, "AppData", "Roaming"), "jupyter");
  return join(XDG_DATA_HOME || join(home, ".local", "share"), "jupyter");
}

function venvFolder(venv: string | true, { VIRTUAL_ENV, CONDA_PREFIX }: Environment): string {
  const folder = venv === true ? (VIRTUAL_ENV ?? CONDA_PREFIX) : resolve(venv);
  if (folder === undefined) {
    fail("cli.bad-option", {
      message: "--venv without a folder means the active Python environment, and none is active",
      hint: "Activate it, or give its folder: --venv ./venv",
    });
  }
  const isEnvironment = existsSync(join(folder, "pyvenv.cfg")) || existsSync(join(folder, "conda-meta"));
  if (isEnvironment) return folder;
  return fail("cli.bad-option", {
    message: `--venv ${folder}: that is no Python environment (it has no pyvenv.cfg)`,
    hint: "Make one: python3 -m venv <folder>. For any other place use --prefix.",
    fields: { folder },
  });
}
