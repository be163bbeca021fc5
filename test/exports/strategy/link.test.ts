import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isTickbookError } from "#core";
import { openObjects } from "#storage";
import { linkStrategy, type SliceToLink } from "../../../exports/strategy/link/link.ts";
import { loadScript } from "../../../exports/strategy/verify/sandbox.ts";
import { temporaryFolder } from "../../temporary-folder.ts";

const HEAD = 'import { account, bps, defineStrategy, features, rsi } from "tickbook/strategy";\n';
const SPEC = `name: "a", instruments: ["BTC/USDT"], timeframe: "1h", features: features({ r: rsi(3) }),
  account: account({ venue: "binance", kind: "cash", currency: "USDT", capital: 1, fees: bps(1), slippage: bps(1) })`;

interface Parts {
  /** Imports and statements before the strategy. */
  readonly head?: string;
  readonly onBar?: string;
  readonly modules?: Readonly<Record<string, string>>;
  /** Packages installed: their files by path. */
  readonly installed?: Readonly<Record<string, string>>;
  readonly packages?: readonly { readonly name: string; readonly version: string }[];
}

async function link({ head = "", onBar = "", modules = {}, installed = {}, packages = [] }: Parts) {
  const folder = temporaryFolder();
  for (const [path, content] of Object.entries(installed)) {
    const file = join(folder, "node_modules", path);
    mkdirSync(join(file, ".."), { recursive: true });
    writeFileSync(file, content);
  }
  const objects = openObjects(join(folder, "objects"));
  const stored: SliceToLink["modules"][number][] = [];
  for (const [path, text] of Object.entries(modules)) {
    const imports = Object.fromEntries(Object.keys(modules).map((other) => [`./${other}`, other]));
    stored.push({ path, hash: await objects.put(text), imports });
  }
  const source = `${HEAD}${head}\nexport default defineStrategy({ ${SPEC}, onBar(ctx) { ${onBar} } });`;
  const slice = { source, frozen: [], modules: stored };
  return linkStrategy(slice, { objects, packagesFrom: folder, packages });
}

async function refusal(parts: Parts) {
  const error: unknown = await link(parts).catch((thrown: unknown) => thrown);
  return isTickbookError(error) ? { code: error.code, message: error.message } : error;
}

const pure = {
  "pure/package.json": '{ "name": "pure", "version": "1.2.3", "main": "./main.js" }',
  "pure/main.js": 'const { half } = require("./half.js"); exports.twice = (x) => 4 * half(x);',
  "pure/half.js": "exports.half = (x) => x / 2;",
};

describe("the linked script", () => {
  it("imports nothing and holds no engine, data, trainer, exchange or database code", async () => {
    const { inputs, script } = await link({});
    const rooms = inputs.map((path) => /^(\w+:(?:lib\/\w+|[<\w>]+)|[^:]*)/.exec(path)![0]);
    expect([...new Set(rooms)].sort()).toEqual([
      "bundle.js",
      "strategy:<main>",
      "tickbook:exports",
      "tickbook:features",
      "tickbook:lib/core",
      "tickbook:lib/market",
      "tickbook:lib/model",
      "tickbook:lib/strategy",
    ]);
    expect(inputs.filter((path) => path.startsWith("tickbook:exports"))).toEqual([
      "tickbook:exports/strategy/api.ts",
      "tickbook:exports/strategy/link/bar-window.ts",
      "tickbook:exports/strategy/link/machine.ts",
      "tickbook:exports/strategy/link/structured-clone.ts",
    ]);
    expect(script).not.toMatch(/\bimport\s*\(|\brequire\s*\(|\bprocess\./);
  });

  it("has the same bytes wherever its packages are installed", async () => {
    const parts = { head: 'import { twice } from "pure";', onBar: "twice(1);", installed: pure };
    const [a, b] = [await link(parts), await link(parts)];
    expect(a.script).toBe(b.script);
    expect(a.packages).toEqual([{ name: "pure", version: "1.2.3" }]);
    expect(a.inputs.filter((path) => path.startsWith("package:"))).toEqual([
      "package:pure@1.2.3/half.js",
      "package:pure@1.2.3/main.js",
    ]);
    expect(a.script).not.toContain("tmp");
  });

  it("takes local modules, which may import each other and the pure part of tickbook", async () => {
    const { inputs, script } = await link({
      head: 'import { level } from "./level.ts";',
      onBar: "level(ctx.bar.close);",
      modules: {
        "level.ts":
          'import { bps } from "tickbook";\nimport { one } from "./one.ts";\nexport const level = (x: number): number => x * one * bps(2).bps;',
        "one.ts": 'import { main } from "./main.ts";\nexport const one: number = main;',
        // Names that the linker's own modules could have.
        "main.ts": 'import { frozen } from "./frozen.js";\nexport const main = frozen;',
        "frozen.js": "export const frozen = 1;",
      },
    });
    expect(inputs).toEqual(
      expect.arrayContaining(["strategy:level.ts", "strategy:main.ts", "strategy:one.ts"]),
    );
    expect(loadScript(script).call("describe")).toMatchObject({ name: "a" });
  });

  it.each([
    [
      "a built-in",
      'import { readFileSync } from "node:fs";\nreadFileSync;',
      {},
      'the strategy needs "node:fs"',
    ],
    ["a built-in without its prefix", 'import os from "os";\nos;', {}, 'the strategy needs "os"'],
    [
      "a missing package",
      'import x from "absent";\nx;',
      {},
      'the strategy needs "absent", which is not installed',
    ],
    ["a local module that did not run", 'import x from "./y.ts";\nx;', {}, '"./y.ts", which is not among'],
    ["a part of tickbook that is research", 'import x from "tickbook/lab";\nx;', {}, '"tickbook/lab"'],
    [
      "a package that needs a built-in",
      'import x from "impure";\nx;',
      {
        "impure/package.json": '{ "name": "impure", "version": "1.0.0" }',
        "impure/index.js": 'module.exports = require("net");',
      },
      'package impure@1.0.0/index.js needs "net", which is a built-in of Node',
    ],
    [
      "native code",
      'import x from "native";\nx;',
      {
        "native/package.json": '{ "name": "native", "version": "1.0.0" }',
        "native/index.js": 'module.exports = require("./a.node");',
        "native/a.node": "",
      },
      'needs "./a.node", which is native code',
    ],
  ])("refuses %s by name", async (_, head, installed, message) => {
    expect(await refusal({ head, installed })).toMatchObject({
      code: "promote.impure-package",
      message: expect.stringContaining(message) as string,
    });
  });

  it("refuses what would still be imported when it runs", async () => {
    const found = await refusal({ onBar: "void import(ctx.symbol);" });
    expect(found).toMatchObject({ code: "promote.impure-package" });
  });

  it("refuses a package of another version than the run used", async () => {
    const parts = { head: 'import { twice } from "pure";', onBar: "twice(1);", installed: pure };
    expect(await refusal({ ...parts, packages: [{ name: "pure", version: "1.2.4" }] })).toMatchObject({
      code: "promote.changed-package",
      message: "the run used pure 1.2.4, and 1.2.3 is installed now",
    });
    const same = await link({ ...parts, packages: [{ name: "pure", version: "1.2.3" }] });
    expect(same.packages).toHaveLength(1);
  });

  it.each([
    ["the clock", "Date.now()"],
    ["the clock, as a date", "new Date()"],
    ["chance", "Math.random()"],
    ["code from text", 'new Function("return 1")()'],
    ["the host", "process.exit()"],
  ])("finds no %s where it runs", async (_, code) => {
    const { script } = await link({ head: `Object.assign(globalThis, { seen: ${code} });` });
    expect(() => loadScript(script)).toThrow(/the bundle's script does not start/);
  });
});
