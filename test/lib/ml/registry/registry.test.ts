import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { isTickbookError } from "#core";
import { diffModels, modelRegistryPath, type NewModel, openModelRegistry } from "#ml";
import { temporaryFolder } from "../../../temporary-folder.ts";

function modelOf(content: string, extra: Partial<NewModel> = {}): NewModel {
  const bytes = new TextEncoder().encode(content);
  const hash = createHash("sha256").update(bytes).digest("hex");
  return {
    name: "trend",
    artifact: { kind: "onnx", bytes, hash, inputs: ["a"], features: ["test.a()@1"], window: 3 },
    lineage: {
      label: "direction(5)",
      dataHash: "ab",
      from: 0,
      to: 1,
      seed: 1,
      library: "tickbook trees",
      code: "",
      study: "",
      parameters: { rounds: 10, infinite: Number.POSITIVE_INFINITY },
    },
    metrics: { auc: 0.6 },
    ...extra,
  };
}

async function codeOf(run: () => unknown): Promise<string> {
  try {
    await run();
  } catch (error) {
    if (isTickbookError(error)) return error.code;
    throw error;
  }
  return "no error";
}

/** A clock that ticks. */
function clock() {
  let time = 1000;
  return () => time++;
}

describe("the model registry", () => {
  test("numbers versions, keeps what they came from, and finds them by number, stage and hash", async () => {
    const registry = await openModelRegistry(temporaryFolder(), clock());
    const first = await registry.register(modelOf("one"));
    const second = await registry.register(modelOf("two", { metrics: { auc: 0.7 }, note: "retrained" }));
    expect([first.version, second.version]).toEqual([1, 2]);
    const { lineage } = modelOf("two");
    expect(second).toMatchObject({
      name: "trend",
      lineage,
      metrics: { auc: 0.7 },
      note: "retrained",
      window: 3,
    });
    expect(registry.find("trend")).toEqual(second);
    expect(registry.find("trend", 1)).toEqual(first);
    expect(registry.find("trend", first.hash.slice(0, 10))).toEqual(first);
    registry.setStage("trend", "champion", 1);
    expect(registry.find("trend", "champion").version).toBe(1);
    expect(registry.list().map(({ version }) => version)).toEqual([2, 1]);
    registry.close();
  });

  test("the same file again is the version it was; another name counts for itself", async () => {
    const registry = await openModelRegistry(temporaryFolder(), clock());
    const first = await registry.register(modelOf("one"));
    expect(await registry.register(modelOf("one", { note: "again" }))).toEqual(first);
    expect((await registry.register(modelOf("one", { name: "other" }))).version).toBe(1);
    expect(registry.history()).toHaveLength(2);
    registry.close();
  });

  test("stages move, and history tells each move and is never changed", async () => {
    const home = temporaryFolder();
    const registry = await openModelRegistry(home, clock());
    await registry.register(modelOf("one"));
    await registry.register(modelOf("two"));
    registry.setStage("trend", "champion", 1, "first");
    expect(registry.setStage("trend", "champion", 2, "better").stages).toEqual(["champion"]);
    registry.setStage("trend", "champion", 2, "again");
    expect(registry.at("trend", "champion")!.version).toBe(2);
    expect(registry.find("trend", 1).stages).toEqual([]);
    expect(registry.clearStage("trend", "champion", "withdrawn")).toBe(true);
    expect(registry.clearStage("trend", "champion")).toBe(false);
    const told = registry
      .history("trend")
      .map(({ event, version, stage, reason }) => [event, version, stage, reason]);
    expect(told).toEqual([
      ["registered", 1, "", ""],
      ["registered", 2, "", ""],
      ["staged", 1, "champion", "first"],
      ["unstaged", 1, "champion", "better"],
      ["staged", 2, "champion", "better"],
      ["unstaged", 2, "champion", "withdrawn"],
    ]);
    registry.close();
    const { openSqlite } = await import("#storage");
    const raw = await openSqlite(join(home, "models", "registry.sqlite"), { migrations: ["select 1"] });
    expect(() => raw.run("delete from history")).toThrow(/never removed/);
    expect(() => raw.run("update versions set hash = 'x'")).toThrow(/never changes/);
    raw.close();
  });

  test("two processes' worth of writers give every version a number of its own", async () => {
    const home = temporaryFolder();
    const [a, b] = [await openModelRegistry(home, clock()), await openModelRegistry(home, clock())];
    const made = await Promise.all(
      Array.from({ length: 20 }, (_, i) => (i % 2 ? a : b).register(modelOf(`content ${i}`))),
    );
    expect(new Set(made.map(({ version }) => version)).size).toBe(20);
    expect(Math.max(...made.map(({ version }) => version))).toBe(20);
    a.close();
    b.close();
  });

  test("a process that ended between file and row loses nothing, and a damaged file is mended", async () => {
    const home = temporaryFolder();
    const model = modelOf("one");
    const { openObjects } = await import("#storage");
    await openObjects(join(home, "objects")).put(model.artifact.bytes);
    const registry = await openModelRegistry(home, clock());
    expect(registry.list()).toEqual([]);
    const version = await registry.register(model);
    writeFileSync(join(home, "objects", version.hash.slice(0, 2), version.hash), "");
    expect(await codeOf(() => registry.artifact(version))).toBe("storage.damaged");
    expect(await registry.register(model)).toEqual(version);
    expect(new TextDecoder().decode((await registry.artifact(version)).bytes)).toBe("one");
    registry.close();
  });

  test("a registry that is no database, or is cut short, is told and left as it is", async () => {
    for (const content of [
      "not a database at all, but a text that is long enough to be read as one".repeat(9),
    ]) {
      const home = temporaryFolder();
      const path = modelRegistryPath(home);
      mkdirSync(join(home, "models"));
      writeFileSync(path, content);
      expect(await codeOf(() => openModelRegistry(home, clock()))).toBe("storage.damaged");
      expect(readFileSync(path, "utf8")).toBe(content);
    }
  });

  test("keeps records of any size and sort: a million digits, NaN, quotes, other alphabets", async () => {
    const registry = await openModelRegistry(temporaryFolder(), clock());
    const parameters = { "naïve 'quoted' \"key\"": "x".repeat(1e6), 数: [Number.NaN, -0, null], __proto: {} };
    const lineage = { ...modelOf("one").lineage, parameters };
    const kept = await registry.register(modelOf("one", { lineage, note: "'); drop table versions; --" }));
    expect(kept.lineage.parameters).toEqual(parameters);
    expect(registry.find("trend")).toEqual(kept);
    registry.close();
  });

  test("gives the file back, and refuses one that was changed", async () => {
    const home = temporaryFolder();
    const registry = await openModelRegistry(home, clock());
    const model = modelOf("one");
    const version = await registry.register(model);
    expect(await registry.artifact(version)).toEqual({
      ...model.artifact,
      bytes: new TextEncoder().encode("one"),
    });
    const path = join(home, "objects", version.hash.slice(0, 2), version.hash);
    writeFileSync(path, readFileSync(path, "utf8").replace("one", "onE"));
    expect(await codeOf(() => registry.artifact(version))).toBe("storage.damaged");
    registry.close();
  });

  test("refuses names, stages and files that cannot be", async () => {
    const registry = await openModelRegistry(temporaryFolder(), clock());
    await registry.register(modelOf("one"));
    const forged = { ...modelOf("two").artifact, hash: "00".repeat(32) };
    expect(await codeOf(() => registry.register(modelOf("two", { artifact: forged })))).toBe("ml.bad-option");
    expect(await codeOf(() => registry.register(modelOf("two", { name: "../up" })))).toBe("ml.bad-option");
    expect(await codeOf(() => registry.setStage("trend", "2", 1))).toBe("ml.bad-option");
    expect(await codeOf(() => registry.setStage("trend", "champion", 7))).toBe("ml.unknown-model");
    expect(await codeOf(() => registry.find("tren"))).toBe("ml.unknown-model");
    registry.close();
  });

  test("differences are told field by field", async () => {
    const registry = await openModelRegistry(temporaryFolder(), clock());
    const a = await registry.register(modelOf("one"));
    const b = await registry.register(modelOf("three", { metrics: { auc: 0.7, brier: 0.2 } }));
    const fields = diffModels(a, b).map(({ field }) => field);
    expect(fields).toEqual(["bytes", "hash", "metrics.auc", "metrics.brier", "registered", "version"]);
    registry.close();
  });
});
