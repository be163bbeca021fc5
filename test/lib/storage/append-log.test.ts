import { spawn, spawnSync } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isTickbookError, type TickbookError } from "#core";
import { openAppendLog, readAppendLog } from "#storage";
import { temporaryFolder } from "../../temporary-folder.ts";

const HEADER_BYTES = 20;
const FRAME_BYTES = 8;
const door = new URL("../../../dist/lib/storage/index.js", import.meta.url).href;

const records = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { minLength: 1, maxLength: 12 });

function writeLog(path: string, payloads: readonly Uint8Array[], first = 0): void {
  const log = openAppendLog(path, { first });
  payloads.forEach((payload, i) => {
    expect(log.append(payload)).toBe(first + i + 1);
  });
  log.sync();
  log.close();
}

const read = (path: string) => [...readAppendLog(path)].map(({ payload }) => Array.from(payload));
const plain = (payloads: readonly Uint8Array[]) => payloads.map((payload) => Array.from(payload));

function errorOf(work: () => unknown): TickbookError {
  try {
    work();
  } catch (error) {
    if (isTickbookError(error)) return error;
    throw error;
  }
  throw new Error("no error");
}

describe("append-only log", () => {
  it("gives back its records with their sequences, also after it was opened again", () => {
    const folder = temporaryFolder();
    let file = 0;
    fc.assert(
      fc.property(records, records, fc.nat(1e9), (before, after, first) => {
        const path = join(folder, "made", `${file++}.log`);
        writeLog(path, before, first);
        const log = openAppendLog(path);
        expect(log.sequence).toBe(first + before.length);
        expect(log.tornBytes).toBe(0);
        for (const payload of after) log.append(payload);
        log.close();
        const all = [...readAppendLog(path)];
        expect(all.map(({ sequence }) => sequence)).toEqual(all.map((_, i) => first + 1 + i));
        expect(plain(all.map(({ payload }) => payload))).toEqual(plain([...before, ...after]));
      }),
      { numRuns: 30 },
    );
  });

  it("takes records larger than its buffers, and does not go over the largest", () => {
    const path = join(temporaryFolder(), "a.log");
    const sizes = [65_528, 65_529, 262_136, 262_137, 1_000_000, 2 ** 24, 1];
    const payloads = sizes.map((size, i) => new Uint8Array(size).fill(i + 1));
    writeLog(path, payloads);
    const back = [...readAppendLog(path)].map(({ payload }) => payload);
    expect(back.map(({ length }) => length)).toEqual(sizes);
    expect(back.every((payload, i) => Buffer.compare(payload, payloads[i]!) === 0)).toBe(true);
    const log = openAppendLog(path);
    for (const size of [0, 2 ** 24 + 1]) {
      expect(errorOf(() => log.append(new Uint8Array(size))).code).toBe("core.bug");
    }
    log.close();
  });

  it("cut anywhere ends with its last whole record, and goes on from there", () => {
    const path = join(temporaryFolder(), "a.log");
    fc.assert(
      fc.property(records, fc.nat(), (payloads, at) => {
        const whole = withNewLog(path, payloads);
        const length = HEADER_BYTES + (at % (whole.length - HEADER_BYTES + 1));
        truncateSync(path, length);
        let end = HEADER_BYTES;
        const kept = payloads.filter((payload) => {
          end += FRAME_BYTES + payload.length;
          return end <= length;
        });
        expect(read(path)).toEqual(plain(kept));
        const log = openAppendLog(path);
        expect(log.sequence).toBe(kept.length);
        const used = kept.reduce((sum, payload) => sum + FRAME_BYTES + payload.length, HEADER_BYTES);
        expect(log.tornBytes).toBe(length - used);
        log.append(Uint8Array.of(7));
        log.close();
        expect(read(path)).toEqual([...plain(kept), [7]]);
      }),
      { numRuns: 150 },
    );
  });

  it("with any bit of a record changed is refused, unless it is the last record", () => {
    const path = join(temporaryFolder(), "a.log");
    fc.assert(
      fc.property(records, fc.nat(), (payloads, at) => {
        const whole = withNewLog(path, [...payloads, Uint8Array.of(1, 2, 3)]);
        const lastAt = whole.length - FRAME_BYTES - 3;
        const bit = at % (whole.length * 8);
        const changed = Buffer.from(whole);
        changed[bit >> 3]! ^= 1 << (bit & 7);
        writeFileSync(path, changed);
        if (bit >> 3 >= lastAt) {
          expect(read(path)).toEqual(plain(payloads));
          return;
        }
        const error = errorOf(() => openAppendLog(path));
        expect(error.code).toBe("storage.damaged");
        expect(error.fields.path).toBe(path);
        expect(error.fields.offset).toBeLessThanOrEqual(bit >> 3);
        expect(errorOf(() => read(path)).code).toBe("storage.damaged");
        expect(readFileSync(path)).toEqual(changed);
      }),
      { numRuns: 300 },
    );
  });

  it("with zeros behind its end, as a loss of power may leave them, has no more records", () => {
    const path = join(temporaryFolder(), "a.log");
    writeLog(path, [Uint8Array.of(5)]);
    appendFileSync(path, new Uint8Array(4096));
    const log = openAppendLog(path);
    expect([log.sequence, log.tornBytes]).toEqual([1, 4096]);
    log.close();
    expect(statSync(path).size).toBe(HEADER_BYTES + FRAME_BYTES + 1);
  });

  it("refuses what is no log, is missing, or comes from a later version", () => {
    const folder = temporaryFolder();
    const path = join(folder, "a.log");
    expect(errorOf(() => read(path)).code).toBe("storage.missing");
    for (const content of ["", "TBLOG", "some text that is long enough"]) {
      writeFileSync(path, content);
      expect(errorOf(() => openAppendLog(path)).code).toBe("storage.damaged");
      expect(readFileSync(path, "utf8")).toBe(content);
    }
    mkdirSync(join(folder, "taken"));
    expect(errorOf(() => openAppendLog(join(folder, "taken"))).code).toBe("storage.unwritable");
    expect(errorOf(() => openAppendLog("/proc/none/a.log")).code).toBe("storage.unwritable");
  });

  it("can be read while it is written", () => {
    const path = join(temporaryFolder(), "a.log");
    const log = openAppendLog(path);
    for (let i = 1; i <= 50; i++) {
      log.append(Uint8Array.of(i));
      expect(read(path)).toHaveLength(i);
    }
    log.close();
    log.close();
    expect(errorOf(() => log.append(Uint8Array.of(1))).code).toBe("core.bug");
  });

  it("on a full disk ends with the last whole record, and says so", () => {
    const path = join(temporaryFolder(), "a.log");
    // A limit on the size of files stands for the full disk: both end a write half way.
    const script = `const { openAppendLog } = await import(${JSON.stringify(door)});
      const log = openAppendLog(process.argv[1]);
      const results = [];
      for (let i = 0; i < 40; i++) {
        try { results.push(log.append(new Uint8Array(1000).fill(i))); } catch (error) { results.push(error.code); }
      }
      results.push(log.append(new Uint8Array(1)));
      console.log(JSON.stringify(results));`;
    const { stdout, stderr } = spawnSync(
      "bash",
      ["-c", 'ulimit -f 8; exec "$0" --input-type=module -e "$1" "$2"', process.execPath, script, path],
      { encoding: "utf8" },
    );
    expect(stderr).toBe("");
    const fitting = 8;
    expect(JSON.parse(stdout)).toEqual([
      ...Array.from({ length: fitting }, (_, i) => i + 1),
      ...Array.from({ length: 40 - fitting }, () => "storage.unwritable"),
      fitting + 1,
    ]);
    expect(read(path).map(({ length }) => length)).toEqual([...Array(fitting).fill(1000), 1]);
  });

  it("holds every record that its writer reported before it was killed", async () => {
    const folder = temporaryFolder();
    const path = join(folder, "a.log");
    const script = `const { openAppendLog } = await import(${JSON.stringify(door)});
      const { writeSync } = await import("node:fs");
      const log = openAppendLog(process.argv[1]);
      for (let i = 0; ; i++) writeSync(1, log.append(Buffer.from(process.pid + " " + "x".repeat(i % 9000))) + "\\n");`;
    for (const delayMs of [0, 2, 9, 31]) {
      const writer = spawn(process.execPath, ["--input-type=module", "-e", script, path], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      let reported = "";
      await new Promise<void>((resolve) => {
        writer.stdout.on("data", (part) => {
          if (reported === "") setTimeout(() => writer.kill("SIGKILL"), delayMs);
          reported += part;
        });
        writer.once("close", () => resolve());
      });
      const last = Number(reported.slice(0, reported.lastIndexOf("\n")).split("\n").at(-1));
      const found = [...readAppendLog(path)];
      expect(last).toBeGreaterThan(0);
      expect(found.length).toBeGreaterThanOrEqual(last);
      expect(found.every(({ payload }) => /^\d+ x*$/.test(Buffer.from(payload).toString()))).toBe(true);
    }
    expect(existsSync(`${path}.tmp`)).toBe(false);
  });
});

/** Writes a log anew. @returns its bytes. */
function withNewLog(path: string, payloads: readonly Uint8Array[]): Buffer {
  rmSync(path, { force: true });
  writeLog(path, payloads);
  return readFileSync(path);
}
