import { createHash } from "node:crypto";
import { readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isTickbookError } from "#core";
import { type RunRecord, readRunRecord, writeRunRecord } from "#storage";
import { temporaryFolder } from "../../temporary-folder.ts";

const content = (endedAt: number): Omit<RunRecord, "format"> => ({
  status: "ok",
  inputs: {
    cells: [{ cell: 1, id: "a", tags: ["parameters"], source: "const $x = -0;" }],
    parameters: { set: { $x: -0 }, defaults: { $x: 1 } },
    modules: [],
    packages: [],
    frozen: [],
    data: [],
    engine: { version: "0.1.0", hash: "e" },
  },
  notebook: { path: "../n.ipynb", codeHash: "c", executedHash: "x" },
  node: "20.19.0",
  startedAt: 1,
  endedAt,
});

async function errorOf(work: Promise<unknown>) {
  try {
    await work;
  } catch (error) {
    if (isTickbookError(error)) return error;
    throw error;
  }
  throw new Error("no error");
}

describe("run record", () => {
  it("is found by its hash or the beginning of it, and its name is the sha256 of its file", async () => {
    const home = temporaryFolder();
    const written = await writeRunRecord(home, content(2));
    expect(createHash("sha256").update(readFileSync(written.path)).digest("hex")).toBe(written.hash);
    expect(written.path).toBe(join(home, "runs", `${written.hash}.json`));
    for (const name of [written.hash, written.hash.slice(0, 6), written.hash.slice(0, 6).toUpperCase()]) {
      const { record, hash } = await readRunRecord(home, name);
      expect(hash).toBe(written.hash);
      expect(record).toEqual({ format: 1, ...content(2) });
    }
    expect((await writeRunRecord(home, content(2))).hash).toBe(written.hash);
  });

  it("that is unknown, or one of several, is refused with what to do", async () => {
    const home = temporaryFolder();
    expect((await errorOf(readRunRecord(home, "ab"))).code).toBe("storage.unknown-record");
    const hashes: string[] = [];
    for (let i = 0; i < 17; i++) hashes.push((await writeRunRecord(home, content(i))).hash);
    const digits = hashes.map((hash) => hash[0]!);
    const shared = digits.find((digit, i) => digits.indexOf(digit) !== i)!;
    const ambiguous = await errorOf(readRunRecord(home, shared));
    expect(ambiguous.code).toBe("storage.ambiguous-record");
    expect(ambiguous.fields.found).toEqual(hashes.filter((hash) => hash.startsWith(shared)).sort());
    for (const name of ["", "xyz", `${hashes[0]}0`, "../runs"]) {
      expect((await errorOf(readRunRecord(home, name))).code).toBe("storage.unknown-record");
    }
  });

  it("that was changed, cut or written by a later version is refused", async () => {
    const home = temporaryFolder();
    const { path, hash } = await writeRunRecord(home, content(2));
    const text = readFileSync(path, "utf8");
    for (const damage of [text.replace("const $x", "const $y"), text.slice(0, -1), ""]) {
      writeFileSync(path, damage);
      expect((await errorOf(readRunRecord(home, hash))).code).toBe("storage.damaged");
    }
    const later = text.replace('"format":1', '"format":2');
    const laterHash = createHash("sha256").update(later).digest("hex");
    writeFileSync(path, later);
    renameSync(path, join(home, "runs", `${laterHash}.json`));
    const error = await errorOf(readRunRecord(home, laterHash));
    expect(error.code).toBe("storage.newer-record");
    expect(error.message).toContain("format 2");
    expect(readdirSync(join(home, "runs"))).toHaveLength(1);
  });
});
