import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { decodeValue, encodeValue, isTickbookError, type TickbookError } from "#core";
import { lockFolder } from "#storage";
import { temporaryFolder } from "../../temporary-folder.ts";

const door = new URL("../../../dist/lib/storage/index.js", import.meta.url).href;
/** Waits for a line, locks, says "held" or the error's code and pid, and stays. */
const SCRIPT = `const { lockFolder } = await import(${JSON.stringify(door)});
  process.stdout.write("ready\\n");
  process.stdin.once("data", () => {
    try { lockFolder(process.argv[1]); process.stdout.write("held\\n"); }
    catch (error) { process.stdout.write(error.code + " " + error.fields?.pid + "\\n"); }
  });`;

class Contender {
  readonly child: ChildProcess;
  private text = "";
  private wake = () => {};

  constructor(folder: string) {
    this.child = spawn(process.execPath, ["--input-type=module", "-e", SCRIPT, folder], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.child.stdout!.on("data", (part) => {
      this.text += part;
      this.wake();
    });
    onTestFinished(() => {
      this.child.kill("SIGKILL");
    });
  }

  async line(): Promise<string> {
    while (!this.text.includes("\n")) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    const end = this.text.indexOf("\n");
    const line = this.text.slice(0, end);
    this.text = this.text.slice(end + 1);
    return line;
  }

  go(): void {
    this.child.stdin!.write("go\n");
  }

  async kill(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once("exit", resolve));
    this.child.kill("SIGKILL");
    await ended;
  }
}

function errorOf(work: () => unknown): TickbookError {
  try {
    work();
  } catch (error) {
    if (isTickbookError(error)) return error;
    throw error;
  }
  throw new Error("no error");
}

interface Entry {
  readonly holder: Readonly<Record<string, unknown>>;
}

/** Changes who the lock says it is held by. */
function changeHolder(folder: string, change: Readonly<Record<string, unknown>>): void {
  const path = join(folder, readdirSync(folder).find((name) => name.startsWith("lock."))!);
  const { holder } = decodeValue(readFileSync(path, "utf8")) as Entry;
  writeFileSync(path, encodeValue({ holder: { ...holder, ...change } }));
}

describe("folder lock", () => {
  it("is held by one, released, and taken again", () => {
    const folder = join(temporaryFolder(), "made", "when", "needed");
    for (let i = 0; i < 5; i++) {
      const lock = lockFolder(folder);
      const error = errorOf(() => lockFolder(folder));
      expect(error.code).toBe("storage.locked");
      expect(error.fields.pid).toBe(process.pid);
      expect(error.message).toContain(String(process.pid));
      lock.release();
      const next = lockFolder(folder);
      lock.release();
      expect(errorOf(() => lockFolder(folder)).code).toBe("storage.locked");
      next.release();
    }
    expect(readdirSync(folder)).toHaveLength(1);
  });

  it("of a process that was killed is taken over; of several that try exactly one wins, each time", async () => {
    const folder = temporaryFolder();
    let holder: Contender | undefined;
    for (let round = 0; round < 4; round++) {
      const contenders = Array.from({ length: 4 }, () => new Contender(folder));
      for (const contender of contenders) expect(await contender.line()).toBe("ready");
      await holder?.kill();
      for (const contender of contenders) contender.go();
      const lines = await Promise.all(contenders.map((contender) => contender.line()));
      expect(lines.filter((line) => line === "held")).toHaveLength(1);
      holder = contenders[lines.indexOf("held")]!;
      const others = lines.filter((line) => line !== "held");
      expect(others).toEqual(others.map(() => `storage.locked ${holder!.child.pid}`));
      await Promise.all(contenders.filter((other) => other !== holder).map((other) => other.kill()));
    }
    expect(readdirSync(folder)).toEqual(["lock.4"]);
  });

  it.runIf(process.platform === "linux")("is not fooled by a pid that is in use again", () => {
    const folder = temporaryFolder();
    lockFolder(folder);
    changeHolder(folder, { startTicks: "1" });
    lockFolder(folder);
    changeHolder(folder, { boot: "an earlier one" });
    lockFolder(folder);
    expect(errorOf(() => lockFolder(folder)).code).toBe("storage.locked");
  });

  it("of another machine or container is not taken over: whether it runs cannot be seen from here", () => {
    const folder = temporaryFolder();
    lockFolder(folder);
    for (const change of [{ host: "elsewhere" }, { pidNamespace: "pid:[1]" }]) {
      changeHolder(folder, { pid: 2 ** 30, ...change });
      const error = errorOf(() => lockFolder(folder));
      expect(error.code).toBe("storage.locked");
      expect(error.hint).toContain("delete");
    }
    // Unless somebody says that it is gone. One that runs is never put aside.
    lockFolder(folder, { takeOverUnseen: true });
    expect(errorOf(() => lockFolder(folder, { takeOverUnseen: true })).code).toBe("storage.locked");
  });

  it("that cannot be read or made is refused with what to do", () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "lock.3"), "{");
    expect(errorOf(() => lockFolder(folder)).code).toBe("storage.damaged");
    expect(errorOf(() => lockFolder("/proc/none")).code).toBe("storage.unwritable");
  });
});
