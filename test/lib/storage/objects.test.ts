import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openObjects, writeAtomic } from "#storage";
import { temporaryFolder } from "../../temporary-folder.ts";

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => "no error",
    (error: { code?: unknown }) => error.code,
  );

/** Every stored object, without what a killed writer left. */
function storedIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => statSync(join(folder, path)).isFile() && !path.includes(".tmp"))
    .map((path) => join(folder, path));
}

describe("object store", () => {
  it("gives back any content under its own sha256, once", async () => {
    const folder = temporaryFolder();
    const objects = openObjects(folder);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        const expected = createHash("sha256").update(bytes).digest("hex");
        const hash = await objects.put(bytes);
        expect(hash).toBe(expected);
        expect(await objects.put(bytes)).toBe(hash);
        expect(Buffer.compare(await objects.get(hash), bytes)).toBe(0);
        expect(await objects.has(hash)).toBe(true);
        expect(statSync(join(folder, hash.slice(0, 2), hash)).size).toBe(bytes.length);
      }),
      { numRuns: 40 },
    );
    expect(await objects.put("ä")).toBe(await objects.put(Buffer.from("ä", "utf8")));
  });

  it("stores the same and other contents at once", async () => {
    const objects = openObjects(join(temporaryFolder(), "made", "when", "needed"));
    const texts = Array.from({ length: 60 }, (_, i) => `text ${i % 20}`);
    const hashes = await Promise.all(texts.map((text) => objects.put(text)));
    expect(new Set(hashes).size).toBe(20);
    const back = await Promise.all(
      hashes.map(async (hash) => Buffer.from(await objects.get(hash)).toString()),
    );
    expect(back).toEqual(texts);
  });

  it("refuses what is missing or damaged, and a new put repairs it", async () => {
    const folder = temporaryFolder();
    const objects = openObjects(folder);
    const hash = await objects.put("content");
    expect(await objects.has("0".repeat(64))).toBe(false);
    expect(await codeOf(objects.get("0".repeat(64)))).toBe("storage.missing");
    for (const damage of ["conten", "Content", ""]) {
      writeFileSync(join(folder, hash.slice(0, 2), hash), damage);
      expect(await codeOf(objects.get(hash))).toBe("storage.damaged");
    }
    await objects.put("content");
    expect(Buffer.from(await objects.get(hash)).toString()).toBe("content");
  });

  it("holds no damaged object after its writer was killed at any time", async () => {
    const folder = temporaryFolder();
    const door = new URL("../../../dist/lib/storage/index.js", import.meta.url).href;
    const script = `const { openObjects } = await import(${JSON.stringify(door)});
      const objects = openObjects(process.argv[1]);
      process.stdout.write("go");
      for (let i = 0; ; i++) await objects.put(process.pid + " " + String(i).repeat(20000));`;
    for (const delayMs of [0, 3, 9, 27]) {
      const writer = spawn(process.execPath, ["--input-type=module", "-e", script, folder], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      await new Promise((resolve) => writer.stdout.once("data", resolve));
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      const ended = new Promise((resolve) => writer.once("exit", resolve));
      writer.kill("SIGKILL");
      await ended;
    }
    const stored = storedIn(folder);
    expect(stored.length).toBeGreaterThan(0);
    for (const path of stored) {
      expect(createHash("sha256").update(readFileSync(path)).digest("hex")).toBe(path.slice(-64));
    }
  });
});

describe("atomic write", () => {
  it("replaces a file whole and leaves nothing beside it", async () => {
    const folder = temporaryFolder();
    const path = join(folder, "a", "b", "file.txt");
    await Promise.all(["one", "two", "three"].map((text) => writeAtomic(path, text.repeat(1000))));
    expect(["one", "two", "three"].map((text) => text.repeat(1000))).toContain(readFileSync(path, "utf8"));
    await writeAtomic(path, Uint8Array.of(104, 105));
    expect(readFileSync(path, "utf8")).toBe("hi");
    expect(readdirSync(join(folder, "a", "b"))).toEqual(["file.txt"]);
  });

  it("says where it cannot write, and leaves nothing", async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, "taken"));
    writeFileSync(join(folder, "file"), "");
    expect(await codeOf(writeAtomic(join(folder, "taken"), "x"))).toBe("storage.unwritable");
    expect(await codeOf(writeAtomic(join(folder, "file", "x"), "x"))).toBe("storage.unwritable");
    expect(await codeOf(writeAtomic("/proc/none/x", "x"))).toBe("storage.unwritable");
    expect(readdirSync(folder).sort()).toEqual(["file", "taken"]);
  });
});
