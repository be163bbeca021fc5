import { execFile } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { assert } from "#core";

/** How a strategy process is started. */
export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

export interface LaunchOptions {
  /** JavaScript that the process runs. */
  readonly entry: string;
  /** What it may read: files, and folders with all that is in them as "folder/*". */
  readonly reads: readonly string[];
  /** Whether it may load native code: onnxruntime is. */
  readonly addons: boolean;
  /** MiB. */
  readonly heapMb: number;
}

const PROBE_MS = 5000;
/** Packages with native code that predictions need. */
const INFERENCE = ["onnxruntime-node", "onnxruntime-common"];

/** The command line with every layer that this machine has. */
export async function launchOf({ entry, reads, addons, heapMb }: LaunchOptions): Promise<Launch> {
  const node = [
    process.execPath,
    ...permissionFlags(reads, addons),
    `--max-old-space-size=${heapMb}`,
    "--no-warnings",
    entry,
  ];
  const [command, ...args] = [...(await wrapper()), ...node];
  return { command: command!, args, cwd: dirname(entry), env: bareEnvironment() };
}

/** What the strategy process itself needs to read, in the words of Node's permission model. */
export function ownReads(withModels: boolean): string[] {
  const entry = childEntry();
  const dist = join(dirname(entry), "../../..");
  const folders = [dist, ...(withModels ? inferenceFolders(entry) : [])];
  return [join(dirname(dist), "package.json"), ...folders.map((folder) => `${folder}/*`)];
}

export function childEntry(): string {
  return entryOf("child.js");
}

export function modelEntry(): string {
  return entryOf("model-child.js");
}

/** Node runs JavaScript: the file beside this one, or the built one when this runs from the sources. */
function entryOf(name: string): string {
  const beside = fileURLToPath(new URL(`./${name}`, import.meta.url));
  if (existsSync(beside)) return realpathSync(beside);
  const built = fileURLToPath(new URL(`../../../dist/kernel/live/strategy/${name}`, import.meta.url));
  assert(existsSync(built), `${built} exists; run "npm run build" first`);
  return realpathSync(built);
}

function inferenceFolders(entry: string): string[] {
  let from = entry;
  return INFERENCE.map((name) => {
    from = realpathSync(createRequire(from).resolve(name));
    let folder = dirname(from);
    while (basename(folder) !== name && folder !== dirname(folder)) folder = dirname(folder);
    return folder;
  });
}

/** None where this Node has no permission model: the process says which it has. */
function permissionFlags(reads: readonly string[], addons: boolean): string[] {
  // The second is its name before Node 22.13.
  const flag = ["--permission", "--experimental-permission"].find((name) =>
    process.allowedNodeEnvironmentFlags.has(name),
  );
  if (flag === undefined) return [];
  return [flag, ...reads.map((path) => `--allow-fs-read=${path}`), ...(addons ? ["--allow-addons"] : [])];
}

/** Time zone and language decide what some functions answer: they must be those that golden vectors were checked in. */
function bareEnvironment(): NodeJS.ProcessEnv {
  const kept = ["TZ", "LANG", "LC_ALL"].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value]];
  });
  return Object.fromEntries(kept) as NodeJS.ProcessEnv;
}

let found: Promise<readonly string[]> | undefined;

/** What stands before Node on the command line: the richest that works here, found once. */
function wrapper(): Promise<readonly string[]> {
  found ??= findWrapper();
  return found;
}

async function findWrapper(): Promise<readonly string[]> {
  if (process.platform !== "linux") return [];
  const unshare = programs("unshare");
  const setpriv = programs("setpriv");
  // Root may make a network namespace, unless a container took that right; others where they are root of their own.
  const network = [[], ["--user", "--map-root-user"]].flatMap((owner) =>
    unshare.map((path) => [path, ...owner, "--net", "--"]),
  );
  // Ends it with the daemon, even when it loops and cannot see that its channel is closed.
  const orphan = setpriv.map((path) => [path, "--pdeathsig", "KILL", "--no-new-privs", "--"]);
  const both = network.flatMap((first) => orphan.map((second) => [...first, ...second]));
  for (const candidate of [...both, ...network, ...orphan]) if (await works(candidate)) return candidate;
  return [];
}

function programs(name: string): string[] {
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder.startsWith("/"));
  return folders
    .map((folder) => join(folder, name))
    .filter((path) => existsSync(path))
    .slice(0, 1);
}

function works([command, ...args]: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    const options = { timeout: PROBE_MS, env: bareEnvironment() };
    execFile(command!, [...args, process.execPath, "--version"], options, (error) => resolve(error === null));
  });
}
