// The daemon's image without Docker: the folder that becomes its /app, made by the step of its Dockerfile, trades on an
// exchange in a process of its own, both with the commands of compose.yml.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { timeText } from "#core";
import { openStore } from "#data";
import { type LiveStatus, prove } from "#live";
import type { Bars } from "#model";
import { everything, model, promote, recordRun } from "../exports/strategy/run.ts";
import { freePort } from "../free-port.ts";
import { walkBars } from "../lib/ml/bars.ts";
import { ROOT } from "../tidy/sources.ts";
import { readCompose } from "./compose.ts";
import { readDockerfile } from "./dockerfile.ts";

const PACKAGES = JSON.parse(readFileSync(join(ROOT, "docker/daemon/packages.json"), "utf8")) as string[];
const BARS = 400;
const REPLAYED = 60;

const suite = mkdtempSync(join(tmpdir(), "tickbook-docker-"));
afterAll(() => rmSync(suite, { recursive: true, force: true }));
const app = join(suite, "app");
const home = join(suite, "research");
let bundle: { readonly path: string; readonly hash: string; readonly fingerprint: string };
let bars: Bars;

beforeAll(async () => {
  const steps = readDockerfile("docker/daemon/Dockerfile")[0]!.map(({ text }) => text);
  const step = steps.find((text) => text.startsWith("node docker/daemon/pack.mjs /app "))!;
  const [command, ...args] = step.split(" && ")[0]!.split(" ");
  const packed = spawnSync(command!, [...args.slice(0, -1), app], { cwd: ROOT, encoding: "utf8" });
  expect(packed.status, packed.stderr).toBe(0);
  bars = await storeBars();
  const frozen = { up: await model(), best: { enter: 0.4 } };
  const { record, slice } = await recordRun(home, everything, frozen, [bars]);
  bundle = await promote(home, record, slice);
}, 120_000);

async function storeBars(): Promise<Bars> {
  const path = join(suite, "test.csv");
  const { time, open, high, low, close } = walkBars(BARS, 5);
  const rows = [...time].map(
    (start, i) => `${new Date(start).toISOString()},${open[i]},${high[i]},${low[i]},${close[i]},1000`,
  );
  writeFileSync(path, `time,open,high,low,close,volume\n${rows.join("\n")}\n`);
  const market = ["--symbol", "TEST/USD", "--timeframe", "1d", "--tick", "0.01", "--lot", "0.0001"];
  const args = [...CLONE, "data", "import", path, ...market, "--home", home];
  const imported = spawnSync(process.execPath, args, { encoding: "utf8" });
  expect(imported.status, imported.stderr).toBe(0);
  const store = openStore(join(home, "data"));
  try {
    return await store.read({ source: "csv", symbol: "TEST/USD", timeframe: "1d" });
  } finally {
    await store.close();
  }
}

/** Command lines of this clone, as it was built last: no set-up on the way. */
const CLONE = [
  "--input-type=module",
  "-e",
  `const { main } = await import(${JSON.stringify(pathToFileURL(join(ROOT, "dist/kernel/cli/main.js")).href)});
await main(["node", "tickbook", ...process.argv.slice(1)]);`,
  "--",
];
const PACKED = [join(app, "kernel/cli/tickbook.mjs")];

describe("the folder of the daemon's image", () => {
  it("holds the listed packages, for this machine only, and nothing to build from", () => {
    const names = readdirSync(join(app, "node_modules")).flatMap((name) =>
      name.startsWith("@")
        ? readdirSync(join(app, "node_modules", name)).map((each) => `${name}/${each}`)
        : [name],
    );
    expect(names.sort()).toEqual(PACKAGES);
    const files = readdirSync(app, { recursive: true }) as string[];
    expect(files.filter((path) => /^tsconfig|\.([cm]?ts|map)$/.test(path))).toEqual([]);
    const native = files.filter((path) => /\b(onnxruntime-node|zeromq)\b.*\.node$/.test(path));
    expect(native.length).toBeGreaterThan(1);
    const own = join(process.platform, process.arch);
    expect(native.filter((path) => !path.includes(own))).toEqual([]);
    if (process.platform !== "win32")
      expect(statSync(join(app, "kernel/cli/tickbook.mjs")).mode & 0o111).toBe(0o111);
  });

  it("loads the daemon's modules, and says how it is used", () => {
    const door = pathToFileURL(join(app, "dist/kernel/live/index.js")).href;
    const code = `console.log(typeof (await import(${JSON.stringify(door)})).startDaemon)`;
    const loaded = spawnSync(process.execPath, ["--input-type=module", "-e", code], { encoding: "utf8" });
    expect(loaded).toMatchObject({ status: 0, stdout: "function\n", stderr: "" });
    const help = spawnSync(process.execPath, [...PACKED, "live", "--help"], { encoding: "utf8" });
    expect(help).toMatchObject({ status: 0, stderr: "" });
    expect(help.stdout).toContain("--require-isolation");
  });

  // In the clone every package is there to be loaded, in the image only the listed ones.
  it.each([
    ["clone", CLONE],
    ["image", PACKED],
  ])(
    "trades by the commands of compose.yml, with the listed packages, from the %s",
    async (name, tickbook) => {
      const { status, health, traced, folder } = await paperTrade(join(suite, name), tickbook);
      expect(status.isolation).toMatchObject({ permissions: true, context: true });
      // No trade comes after the last bar, so nobody says that it is over.
      expect(status.counts.decisions).toBe(REPLAYED - 1);
      expect(status.counts.fills).toBeGreaterThan(5);
      expect(health.counts.decisions).toBe(REPLAYED - 1);
      const { replay, parity } = await prove({ bundle: bundle.path, folder, readBars: async () => bars });
      expect({ replay: replay.difference, parity: parity.difference }).toEqual({});
      expect([replay.isEqual, parity.isEqual]).toEqual([true, true]);
      // The strategy's process, which is not traced, may read no package but two of them.
      expect(traced).toEqual(PACKAGES);
    },
    120_000,
  );
});

/** Trades all bars of the exchange in a new folder, asks for the health on the way, and stops. */
async function paperTrade(root: string, tickbook: readonly string[]) {
  const folder = join(root, ".tickbook", "live");
  mkdirSync(folder, { recursive: true });
  const keyFile = join(root, "paper.json");
  const traces = join(root, "traces");
  const bus = `tcp://127.0.0.1:${await freePort()}`;
  const places = {
    "/research": home,
    "/keys/paper.json": keyFile,
    "tcp://127.0.0.1:7000": bus,
    [`/trading/bundles/${bundle.hash}`]: bundle.path,
  };
  const { key, exchange: market, daemon: trader } = services();
  const made = spawnSync(process.execPath, located(key!.entrypoint!.slice(1), places), { cwd: ROOT });
  expect(made.status, String(made.stderr)).toBe(0);

  const exchange = start([...CLONE, ...located(market!.command, places), "--port", "0", "--json"], root);
  const { origin } = await exchange.line<{ readonly origin: string }>("listening");
  const command = ["live", ...located(trader!.command, { ...places, "http://127.0.0.1:8080": origin })];
  const daemon = start([...tickbook, ...command, "--json"], root, traces);
  const done = exchange.line("done");
  const stopped = daemon.line<{ readonly status: LiveStatus }>("stopped");
  await Promise.race([done, stopped]);
  const { words } = readDockerfile("docker/daemon/Dockerfile")
    .at(-1)!
    .find((each) => each.name === "HEALTHCHECK")!;
  const asked = start([...tickbook, ...words.slice(1)], root, traces);
  const health = await asked.line<LiveStatus>(undefined);
  daemon.child.kill("SIGTERM");
  const { status } = await stopped;
  expect(await daemon.exit).toBe(0);
  exchange.child.kill("SIGTERM");
  await exchange.exit;
  return { status, health, traced: tracedPackages(traces), folder };
}

function services() {
  return readCompose({
    TICKBOOK_BUNDLE: bundle.hash,
    TICKBOOK_TRUST: bundle.fingerprint,
    TICKBOOK_SOURCE: "csv",
    TICKBOOK_SYMBOL: "TEST/USD",
    TICKBOOK_FROM: timeText(bars.time[BARS - REPLAYED]!).slice(0, 10),
  }).services;
}

/** With the container's places put where they are here. */
function located(words: readonly string[], places: Readonly<Record<string, string>>): string[] {
  return words.map((word) => places[word] ?? word);
}

interface Running {
  readonly child: ChildProcess;
  readonly exit: Promise<number | null>;
  /** The next JSON line of this kind; rejects if the process ends before. */
  line<T>(kind: string | undefined): Promise<T>;
}

function start(args: readonly string[], cwd: string, traces?: string): Running {
  // V8 writes which scripts a process loaded when it ends.
  const env = { ...process.env, ...(traces === undefined ? {} : { NODE_V8_COVERAGE: traces }) };
  const child = spawn(process.execPath, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  let text = "";
  child.stderr.on("data", (data) => {
    text += data;
  });
  const exit = once(child, "exit").then(([code]) => code as number | null);
  const lines = createInterface({ input: child.stdout });
  return {
    child,
    exit,
    line: <T>(kind: string | undefined) =>
      new Promise<T>((resolve, reject) => {
        lines.on("line", (line) => {
          text += `${line}\n`;
          const found = JSON.parse(line) as { readonly kind?: string };
          if (found.kind === kind) resolve(found as T);
        });
        lines.once("close", () => reject(new Error(text)));
      }),
  };
}

/** Packages of which a script was loaded. One inside of another belongs to that. */
function tracedPackages(folder: string): string[] {
  const found = new Set<string>();
  for (const file of readdirSync(folder)) {
    const { result } = JSON.parse(readFileSync(join(folder, file), "utf8")) as { result: { url: string }[] };
    for (const { url } of result) {
      const name = /^file:.*?\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1];
      if (name !== undefined) found.add(name);
    }
  }
  return [...found].sort();
}
