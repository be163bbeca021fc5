import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodeValue } from "#core";
import { type OnnxExport, openSigningKey, type Promoted, readBundle, verifyBundle } from "#exports";
import { createInstrument } from "#model";
import { openObjects } from "#storage";
import { checkBundle } from "../../../exports/strategy/bundle/read-bundle.ts";
import { signatureText, signBytes } from "../../../exports/strategy/sign/signature.ts";
import { walkBars } from "../../lib/ml/bars.ts";
import { temporaryFolder } from "../../temporary-folder.ts";
import { codeOf, everything, model, promote, recordRun } from "./run.ts";

const instrument = createInstrument({ symbol: "TEST/USD", tick: "0.01", lot: "0.0001" });
const bars = { ...walkBars(900, 5), instrument };
const best = { enter: 0.4 };
let up: OnnxExport;
beforeAll(async () => {
  up = await model();
});

interface Made {
  readonly home: string;
  readonly made: Promoted;
}

let madeOnce: Promise<Made> | undefined;
const suiteFolder = mkdtempSync(join(tmpdir(), "tickbook-bundle-"));
afterAll(() => rmSync(suiteFolder, { recursive: true, force: true }));

/** One bundle for the tests that only look at it. */
function madeBundle(): Promise<Made> {
  madeOnce ??= recordRun(suiteFolder, everything, { up, best }, [bars]).then(async ({ record, slice }) => ({
    home: suiteFolder,
    made: await promote(suiteFolder, record, slice),
  }));
  return madeOnce;
}

describe("a bundle", () => {
  it("is the same to the byte when the same run is promoted again", async () => {
    const home = temporaryFolder();
    const { record, slice } = await recordRun(home, everything, { up, best }, [bars]);
    const first = await promote(home, record, slice);
    const again = await promote(home, record, slice);
    const elsewhere = await promote(home, record, slice, join(home, "elsewhere"));
    expect([first.isNew, again.isNew, elsewhere.isNew]).toEqual([true, false, true]);
    expect(elsewhere.hash).toBe(first.hash);
    expect([...elsewhere.files]).toEqual([...first.files]);
    const both = join(home, "both");
    const raced = await Promise.all([promote(home, record, slice, both), promote(home, record, slice, both)]);
    expect(raced.map(({ path }) => path)).toEqual([join(both, first.hash), join(both, first.hash)]);
    expect(readdirSync(both)).toEqual([first.hash]);
    expect(readdirSync(join(home, "bundles"))).toEqual([first.hash]);
  });

  it("holds script, models, golden vectors, manifest and signature, and no path of this machine", async () => {
    const { home, made } = await madeBundle();
    const names = ["golden.json", "manifest.json", "manifest.sig", `models/${up.hash}.onnx`, "strategy.js"];
    expect([...made.files.keys()].sort()).toEqual(names);
    for (const [name, content] of made.files) {
      expect(readFileSync(join(made.path, name))).toEqual(Buffer.from(content));
      expect(Buffer.from(content).toString("latin1")).not.toMatch(/\/work\/|\/tmp\/|\/home\//);
    }
    expect(Buffer.from(made.files.get(`models/${up.hash}.onnx`)!)).toEqual(Buffer.from(up.bytes));
    const inBase64 = Buffer.from(up.bytes).toString("base64").slice(0, 60);
    expect(Buffer.from(made.files.get("strategy.js")!).toString()).not.toContain(inBase64);
    const { manifest } = made;
    expect(manifest).toMatchObject({ name: "everything", params: best, timeframe: "1d" });
    expect(manifest.warmupBars).toBeGreaterThanOrEqual(10);
    expect(manifest.warmupError).toBeLessThanOrEqual(1e-6);
    expect(manifest.instruments).toMatchObject([{ symbol: "TEST/USD", tick: "0.01", lot: "0.0001" }]);
    const { fingerprint } = await openSigningKey(home);
    const verified = await verifyBundle(made.path, [fingerprint]);
    expect(verified.golden).toMatchObject({ decisions: 500, rows: 510, predictions: 510 });
    expect(verified.golden.signals).toBeGreaterThan(100);
  });

  it("with any one bit of any file changed is refused", async () => {
    const { made } = await madeBundle();
    const names = [...made.files.keys()];
    const anyBit = fc.tuple(fc.constantFrom(...names), fc.nat(), fc.nat({ max: 7 }));
    const isRefused = fc.property(anyBit, ([name, place, bit]) => {
      const content = Uint8Array.from(made.files.get(name)!);
      content[place % content.length]! ^= 1 << bit;
      const files = new Map(made.files).set(name, content);
      expect(codeOf(() => checkBundle(files, "x"))).toMatch(/^bundle\.(bad-signature|changed-file)$/);
    });
    expect(fc.check(isRefused, { numRuns: 300 })).toMatchObject({ failed: false });
  });

  it("with a file missing, added or replaced by a link is refused by its name", async () => {
    const { made } = await madeBundle();
    const changed = async (change: (path: string) => void) => {
      const path = join(temporaryFolder(), made.hash);
      cpSync(made.path, path, { recursive: true });
      change(path);
      return codeAndMessage(readBundle(path));
    };
    for (const name of made.files.keys()) {
      const { code } = await changed((path) => rmSync(join(path, name)));
      expect(code, name).toMatch(/^bundle\./);
    }
    expect(await changed((path) => rmSync(join(path, "golden.json")))).toMatchObject({
      code: "bundle.changed-file",
      message: expect.stringContaining("golden.json is missing") as string,
    });
    expect(await changed((path) => writeFileSync(join(path, "models", "x.onnx"), ""))).toMatchObject({
      code: "bundle.changed-file",
      message: expect.stringContaining("models/x.onnx does not belong to it") as string,
    });
    const linked = await changed((path) => {
      rmSync(join(path, "strategy.js"));
      symlinkSync(join(made.path, "strategy.js"), join(path, "strategy.js"));
    });
    expect(linked.message).toContain("strategy.js is no plain file");
    const { code } = await codeAndMessage(readBundle(join(made.path, "nowhere")));
    expect(code).toBe("bundle.not-a-bundle");
  });

  it("signed anew by another key is refused, unless that key is trusted", async () => {
    const { home, made } = await madeBundle();
    const own = await openSigningKey(home);
    const other = await openSigningKey(temporaryFolder());
    const path = join(temporaryFolder(), made.hash);
    cpSync(made.path, path, { recursive: true });
    const sealed = signatureText(signBytes(made.files.get("manifest.json")!, other.privateKey));
    writeFileSync(join(path, "manifest.sig"), sealed);
    const refused = await codeAndMessage(verifyBundle(path, [own.fingerprint]));
    expect(refused.code).toBe("bundle.untrusted-key");
    expect(refused.message).toContain(other.fingerprint);
    expect((await verifyBundle(path, [other.fingerprint])).hash).toBe(made.hash);
  });

  it("of a newer format is refused as such", async () => {
    const { home, made } = await madeBundle();
    const { privateKey } = await openSigningKey(home);
    const bytes = new TextEncoder().encode(encodeValue({ ...made.manifest, format: 2 }));
    const files = new Map(made.files)
      .set("manifest.json", bytes)
      .set("manifest.sig", new TextEncoder().encode(signatureText(signBytes(bytes, privateKey))));
    expect(codeOf(() => checkBundle(files, "x"))).toBe("bundle.newer-format");
  });

  it("that was damaged is written again", async () => {
    const home = temporaryFolder();
    const { record, slice } = await recordRun(home, everything, { up, best }, [bars]);
    const { path } = await promote(home, record, slice);
    writeFileSync(join(path, "strategy.js"), "");
    mkdirSync(join(path, "more"));
    expect((await promote(home, record, slice)).isNew).toBe(true);
    expect((await readBundle(path)).manifest.name).toBe("everything");
  });
});

describe("promotion is refused", () => {
  it("without a backtest of the exported strategy with its parameters", async () => {
    const home = temporaryFolder();
    const params = { enter: 0.41 };
    const changes = { golden: [{ strategy: "everything", params, hash: "00" }] };
    const { record, slice } = await recordRun(home, everything, { up, best }, [bars], changes);
    const { code, message } = await codeAndMessage(promote(home, record, slice));
    expect(code).toBe("promote.no-backtest");
    expect(message).toContain('{"enter":0.4}, only 1 with others');
  });

  it("with the reason why a backtest left no vectors", async () => {
    const home = temporaryFolder();
    const changes = { golden: [{ strategy: "everything", params: best, problem: "it decided otherwise" }] };
    const { record, slice } = await recordRun(home, everything, { up, best }, [bars], changes);
    const { code, message } = await codeAndMessage(promote(home, record, slice));
    expect(code).toBe("promote.no-backtest");
    expect(message).toContain("it decided otherwise");
  });

  it("when the slice is not what was backtested: limits, features or decisions differ", async () => {
    const home = temporaryFolder();
    const { record, slice } = await recordRun(home, everything, { up, best }, [bars]);
    const edited = (from: string, to: string) => {
      expect(slice.source).toContain(from);
      return codeAndMessage(promote(home, record, { ...slice, source: slice.source.replace(from, to) }));
    };
    const fees = await edited("fees: bps(10)", "fees: bps(9)");
    expect(fees).toMatchObject({ code: "promote.other-strategy" });
    expect(fees.message).toContain("strategy.account.fees.bps was 10 in the backtest, and is 9");
    expect((await edited("rsi(5)", "rsi(6)")).code).toBe("promote.other-strategy");
    const later = await edited("held > 4", "held > 5");
    expect(later.code).toBe("bundle.golden-mismatch");
    expect(later.message).toMatch(
      /^decision \d+, \d{4}-\d\d-\d\d: signals was \[\{.*\}\] in .* and is \[\] in the bundle$/,
    );
    const memory = await edited("Math.sin(mean)", "Math.cos(mean)");
    expect(memory.message).toMatch(/state\[0\]\.seen/);
    const chance = await edited('const p = ctx.predict("up");', 'const p = ctx.predict("up"); ctx.random();');
    expect(chance.code).toBe("bundle.golden-mismatch");
    expect(readdirSync(home)).not.toContain("bundles");
  });

  it("when a frozen value is damaged, and when a model is not frozen", async () => {
    const home = temporaryFolder();
    const { record, slice } = await recordRun(home, everything, { up, best }, [bars]);
    const hash = await openObjects(join(home, "objects")).put(encodeValue({ ...up, hash: "ab".repeat(32) }));
    const frozen = slice.frozen.map((value) => (value.binding === "up" ? { ...value, hash } : value));
    const wrong = await codeAndMessage(promote(home, record, { ...slice, frozen }));
    expect(wrong.code).toBe("promote.link-failed");
    const loose = slice.source.replace(
      "define(door, { up, best })",
      "define(door, { up: { ...up, hash: 'x' }, best })",
    );
    const { code } = await codeAndMessage(promote(home, record, { ...slice, source: loose }));
    expect(code).toBe("promote.other-strategy");
  });
});

async function codeAndMessage(
  work: Promise<unknown>,
): Promise<{ readonly code: string; readonly message: string }> {
  const error = await work.then(
    () => ({ code: "no error", message: "" }),
    (thrown: unknown) => thrown as { code: string; message: string },
  );
  return { code: error.code, message: error.message };
}
