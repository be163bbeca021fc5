import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { labSources, productSources, ROOT, resolveRelative, roomOf, type Source } from "./sources.ts";

/** A room may import only rooms of earlier rows. */
const ORDER: readonly (readonly string[])[] = [
  ["lib/core"],
  ["lib/model"],
  ["lib/wire", "lib/storage", "lib/jobs", "lib/market", "lib/analysis", "lib/notebook", "lib/monitor"],
  ["lib/data", "features", "lib/engine"],
  ["lib/strategy", "lib/ml", "lib/venue"],
  ["lib/backtest"],
  ["optimize"],
  ["exports"],
  ["kernel/session"],
  ["kernel/jupyter", "kernel/runner", "kernel/live", "kernel/exchange"],
  ["kernel/scheduler"],
  ["kernel/cli"],
];

/** The only folders that may name a vendor. */
const HOMES: Readonly<Record<string, readonly string[]>> = {
  "@duckdb/node-api": ["lib/data/store/"],
  ccxt: ["lib/venue/ccxt/"],
  zeromq: ["lib/wire/", "kernel/jupyter/wire/"],
  ws: ["kernel/exchange/"],
  protobufjs: ["lib/wire/", "kernel/jupyter/wire/", "exports/onnx/"],
  "@tensorflow/tfjs": ["lib/ml/net/"],
  "@tensorflow/tfjs-backend-wasm": ["lib/ml/net/"],
  "@tensorflow/tfjs-node": ["lib/ml/net/"],
  "onnxruntime-node": ["lib/ml/infer/"],
  "prom-client": ["lib/monitor/"],
  pino: ["lib/monitor/"],
  libsql: ["lib/storage/"],
  piscina: ["lib/jobs/"],
  bullmq: ["lib/jobs/"],
  ioredis: ["lib/jobs/"],
  koffi: ["lib/ml/tree/"],
  croner: ["kernel/scheduler/"],
  commander: ["kernel/cli/"],
  yaml: ["kernel/cli/"],
  fastify: ["kernel/exchange/", "kernel/live/"],
  "oxc-parser": ["lib/notebook/cell/"],
  "oxc-transform": ["lib/notebook/cell/"],
  "magic-string": ["lib/notebook/cell/"],
  esbuild: ["exports/strategy/"],
  typescript: ["kernel/jupyter/", "exports/strategy/"],
  "plotly.js-dist-min": ["kernel/runner/report/"],
  "cli-progress": ["kernel/runner/draw/", "kernel/cli/"],
  "simple-statistics": ["lib/analysis/stats/"],
  arquero: ["kernel/session/"],
};

/** Where code may touch the outside. Everything else of lib/, features/ and optimize/ is pure. */
const ADAPTERS = [
  "lib/storage/",
  "lib/jobs/",
  "lib/data/store/",
  "lib/data/ingest/",
  "lib/venue/ccxt/",
  "lib/wire/",
  "lib/monitor/",
  "lib/ml/net/",
  "lib/ml/infer/",
  "lib/ml/tree/",
  "lib/ml/registry/",
];
const IMPURE =
  /\b(Date\.now|new Date\(\)|performance\.(now|timeOrigin)|Math\.random|crypto\.(randomUUID|randomBytes|getRandomValues)|process\.|setTimeout|setInterval|setImmediate|globalThis\.fetch|\bfetch\()/;
/** Parts of Node that only compute. `node:module` is pure where nothing but its SourceMap is taken. */
const PURE_NODE_MODULES = ["node:util", "node:assert"];
const TAKES_ONLY_SOURCE_MAP = /import \{ SourceMap \} from "node:module"/;

const sources = productSources();
const doors = doorsByName();

function doorsByName(): Map<string, string> {
  const { imports } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    imports: Record<string, { source: string }>;
  };
  return new Map(Object.entries(imports).map(([name, { source }]) => [name, source.replace("./", "")]));
}

function rank(room: string): number {
  return ORDER.findIndex((row) => row.includes(room));
}

function isPure(path: string): boolean {
  return /^(lib|features|optimize)\//.test(path) && !ADAPTERS.some((folder) => path.startsWith(folder));
}

function findings(check: (source: Source) => string[]): string[] {
  return sources.flatMap((source) => check(source).map((text) => `${source.path}: ${text}`));
}

function packageOf(specifier: string): string {
  const parts = specifier.split("/");
  return specifier.startsWith("@") ? parts.slice(0, 2).join("/") : parts[0]!;
}

/** The files that importing `entry` loads at once, and what they load from outside the repository. */
function loadedBy(entry: string) {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const files = new Set<string>();
  const loads: { path: string; specifier: string }[] = [];
  const visit = (path: string): void => {
    if (files.has(path)) return;
    files.add(path);
    for (const { specifier, isTypeOnly, isLazy } of byPath.get(path)?.imports ?? []) {
      if (isTypeOnly || isLazy) continue;
      if (specifier.startsWith("#")) visit(doors.get(specifier)!);
      else if (specifier.startsWith(".")) visit(resolveRelative(path, specifier));
      else loads.push({ path, specifier });
    }
  };
  visit(entry);
  return { files, loads };
}

/** Code without comments and texts: prose may speak of what code may not do. */
function codeOf({ text }: Source): string {
  return text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g, "");
}

describe("architecture", () => {
  it("features use no powers: compiled and interpreted code differ in their last bit", () => {
    const bad = findings((source) =>
      source.path.startsWith("features/") && /\*\*|Math\.pow\b/.test(codeOf(source))
        ? ["write d * d, or multiply out"]
        : [],
    );
    expect(bad).toEqual([]);
  });

  it("every room stands in the order of rooms", () => {
    expect([...new Set(sources.map(({ path }) => roomOf(path)))].filter((room) => rank(room) < 0)).toEqual(
      [],
    );
  });

  it("a room imports only rooms before it, and only through their door", () => {
    const bad = findings(({ path, imports }) =>
      imports.flatMap(({ specifier }) => {
        const own = roomOf(path);
        if (specifier.startsWith("#")) {
          const door = doors.get(specifier);
          if (!door) return [`${specifier} is no door of package.json`];
          return rank(roomOf(door)) < rank(own) ? [] : [`${specifier} does not stand before ${own}`];
        }
        if (!specifier.startsWith(".")) return [];
        const other = roomOf(resolveRelative(path, specifier));
        return other === own ? [] : [`${specifier} reaches into ${other}`];
      }),
    );
    expect(bad).toEqual([]);
  });

  it("the JupyterLab extension reaches into no room: it speaks to tickbook over the comm", () => {
    const lab = labSources();
    expect(lab.length).toBeGreaterThan(20);
    const bad = lab.flatMap(({ path, imports }) =>
      imports
        .filter(({ specifier }) => specifier.startsWith("#") || specifier.startsWith("node:"))
        .concat(
          imports.filter(
            ({ specifier }) =>
              specifier.startsWith(".") && !resolveRelative(path, specifier).startsWith("kernel/lab/"),
          ),
        )
        .map(({ specifier }) => `${path}: ${specifier}`),
    );
    expect(bad).toEqual([]);
  });

  it("every vendor is named only at its home", () => {
    const bad = findings(({ path, imports }) =>
      imports.flatMap(({ specifier, isTypeOnly }) => {
        if (specifier.startsWith("#") || specifier.startsWith(".") || specifier.startsWith("node:"))
          return [];
        const homes = HOMES[packageOf(specifier)];
        if (!homes) return [`${specifier} has no home`];
        const atHome = homes.some((home) => path.startsWith(home));
        return atHome || (isTypeOnly && homes.length === 0)
          ? []
          : [`${specifier} belongs to ${homes.join(", ")}`];
      }),
    );
    expect(bad).toEqual([]);
  });

  it("pure rooms touch no clock, chance, file, network or process", () => {
    const bad = findings((source) => {
      if (!isPure(source.path)) return [];
      const match = IMPURE.exec(codeOf(source));
      const modules = source.imports.filter(
        ({ specifier, isTypeOnly }) =>
          specifier.startsWith("node:") &&
          !isTypeOnly &&
          !PURE_NODE_MODULES.includes(specifier) &&
          !(specifier === "node:module" && TAKES_ONLY_SOURCE_MAP.test(source.text)),
      );
      return [
        ...(match ? [`uses ${match[0]}`] : []),
        ...modules.map(({ specifier }) => `imports ${specifier}`),
      ];
    });
    expect(bad).toEqual([]);
  });

  it("importing tickbook loads no heavy vendor", () => {
    const heavy = [
      "@duckdb/node-api",
      "@tensorflow/tfjs",
      "@tensorflow/tfjs-backend-wasm",
      "onnxruntime-node",
      "ccxt",
      "arquero",
      "protobufjs",
      "typescript",
      "oxc-transform",
      "oxc-parser",
      "plotly.js-dist-min",
    ];
    const { files, loads } = loadedBy("kernel/session/api.ts");
    expect(files.size).toBeGreaterThan(50);
    expect(loads.filter(({ specifier }) => heavy.includes(packageOf(specifier)))).toEqual([]);
  });

  it("importing tickbook/strategy loads what only computes: no engine, no data, no vendor, nothing of Node", () => {
    const { files, loads } = loadedBy("exports/strategy/api.ts");
    expect([...new Set([...files].map(roomOf))].sort()).toEqual([
      "exports",
      "features",
      "lib/core",
      "lib/market",
      "lib/model",
      "lib/strategy",
    ]);
    expect([...files].filter((path) => roomOf(path) === "exports")).toEqual(["exports/strategy/api.ts"]);
    expect(loads).toEqual([]);
  });

  it("no source file is dead: each is reached from a door, a command or a child process", () => {
    const reached = new Set<string>();
    const visit = (path: string): void => {
      if (reached.has(path)) return;
      reached.add(path);
      const source = sources.find((candidate) => candidate.path === path);
      for (const { specifier } of source?.imports ?? []) {
        if (specifier.startsWith("#")) visit(doors.get(specifier)!);
        else if (specifier.startsWith(".")) visit(resolveRelative(path, specifier));
      }
      // Processes and loader hooks are started by the address of their file.
      for (const [, file] of (source?.text ?? "").matchAll(/["'`]([\w./-]+)\.js["'`]/g)) {
        visit(`${resolveRelative(path, file!)}.ts`);
      }
    };
    for (const entry of ["kernel/session/api.ts", "exports/strategy/api.ts", "kernel/cli/main.ts"])
      visit(entry);
    const dead = sources
      .map(({ path }) => path)
      .filter((path) => !reached.has(path) && !path.endsWith(".d.ts"));
    expect(dead).toEqual([]);
  });
});
