import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { decodeValue } from "#core";
import type { FrozenFact } from "#session";
import { SessionProcess } from "./session-process.ts";

let root: string;
let session: SessionProcess;

beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), "tickbook-freeze-")));
  await symlink(fileURLToPath(new URL("../../../node_modules", import.meta.url)), join(root, "node_modules"));
  session = new SessionProcess(root);
  await run(
    'import { freeze, freeze as keep } from "tickbook";\nimport * as tb from "tickbook";\n[freeze, keep, tb]',
  );
});

beforeEach(() => {
  session.events.length = 0;
});

afterAll(async () => {
  await session.close();
  await rm(root, { recursive: true });
});

async function run(source: string): Promise<string | undefined> {
  const done = await session.run(source);
  if (done.error) throw new Error(done.error.traceback.join("\n"));
  return done.result?.["text/plain"] as string | undefined;
}

async function errorOf(source: string) {
  const { error, result } = await session.run(source);
  if (!error) throw new Error(`no error: ${JSON.stringify(result)}`);
  return error;
}

function facts(): FrozenFact[] {
  return session.events.flatMap((event) =>
    event.kind === "fact-recorded" && event.fact.kind === "frozen" ? [event.fact.value as FrozenFact] : [],
  );
}

function stored(hash: string): unknown {
  const text = readFileSync(join(root, ".tickbook", "objects", hash.slice(0, 2), hash), "utf8");
  expect(createHash("sha256").update(text).digest("hex")).toBe(hash);
  return decodeValue(text);
}

describe("freeze", () => {
  it("stores the value under its hash, and goes on with a frozen copy of it", async () => {
    const shown = await run(
      "const source = { b: [-0, NaN], a: 1 }\nconst best = freeze(source)\nconst isCopy = best !== source;\n[best, isCopy, Object.isFrozen(best.b)]",
    );
    expect(shown).toBe("[ { a: 1, b: [ -0, NaN ] }, true, true ]");
    const [fact] = facts();
    expect(fact).toMatchObject({ binding: "best", cell: session.cell });
    expect(stored(fact!.hash)).toEqual({ b: [-0, Number.NaN], a: 1 });
    expect((await errorOf("(best as any).a = 2")).name).toBe("TypeError");
  });

  it("is known by its binding, not by its name", async () => {
    await run(
      "const one = keep(1)\nconst two = tb.freeze(2)\nconst door = keep\nconst three = await door(3)",
    );
    expect(facts().map(({ binding }) => binding)).toEqual(["one", "two", "three"]);
    await run("function freezeLike(x: number) { return x }\nconst four = freezeLike(4)");
    await run("const other = Object.freeze({ a: 1 })");
    expect(facts()).toHaveLength(3);
  });

  it("replaces the value when the cell runs again", async () => {
    const cell = "export const tuned = freeze({ n: Math.max(...[n]) })";
    await run(`let n = 1`);
    await run(cell);
    await run("n = 2");
    await run(cell);
    expect(facts().map(({ binding, cell }) => [binding, cell])).toEqual([
      ["tuned", session.cell - 2],
      ["tuned", session.cell],
    ]);
    expect(stored(facts()[1]!.hash)).toEqual({ n: 2 });
  });

  it("refuses what is not data at once, with the path, the line and the remedy", async () => {
    const error = await errorOf(
      "interface A {}\n\nconst study = { params: { objective: () => 1 } }\nconst bad = freeze(study.params)",
    );
    expect(error).toMatchObject({
      code: "freeze.bad-value",
      message: "bad.objective is a function",
      cell: session.cell,
      line: 4,
      sourceLine: "const bad = freeze(study.params)",
    });
    expect(error.column).toBe(13);
    expect(await errorOf("const late = freeze(Promise.resolve(1))")).toMatchObject({
      message: "late is an instance of Promise",
      hint: "Await it first: freeze(await ...).",
    });
    expect(facts()).toEqual([]);
  });

  it.each([
    ["let", "1\nlet a1 = freeze(1)", 2],
    ["a pattern", "const { a2 } = freeze({ a2: 1 })", 1],
    ["a part of an initialiser", "const a3 = { x: freeze(1) }", 1],
    ["a function", "function inner() {\n  const x = freeze(1);\n  return x;\n}\ninner()", 2],
    ["a block", "{\n  const x = freeze(1);\n}", 2],
    ["an argument of freeze", "const a4 = freeze(freeze(1))", 1],
    ["a callback", "const a5 = [[1]].map(freeze)", 1],
    ["an expression", "freeze({ a: 1 })", 1],
    ["var", "var a6 = freeze(1)", 1],
  ])("is refused in %s, with the line and the remedy", async (_, source, line) => {
    const error = await errorOf(source);
    expect(error).toMatchObject({ code: "freeze.misplaced", cell: session.cell, line });
    expect(error.hint).toContain("const best = freeze(study.best.params);");
    expect(facts()).toEqual([]);
  });

  it("does not take the place of a user's own second argument", async () => {
    expect(await errorOf("const a = freeze(1, { binding: 'a', cell: 1 } as never)")).toMatchObject({
      code: "freeze.misplaced",
    });
  });

  it("fails the cell when the value cannot be stored", async () => {
    await writeFile(join(root, "taken"), "");
    const blocked = new SessionProcess(root, join(root, "taken"));
    const { error } = await blocked.run('import { freeze } from "tickbook"\nconst x = freeze(1)');
    await blocked.close();
    expect(error).toMatchObject({ code: "storage.unwritable" });
  });
});

it("freeze in a plain script copies and checks, and stores nothing", async () => {
  const folder = join(root, "plain");
  await mkdir(folder);
  const script = join(folder, "script.mjs");
  await writeFile(
    script,
    `import { freeze } from "tickbook";
     function anywhere(x) { return freeze(x); }
     const copy = anywhere({ b: new Float64Array(1), a: -0 });
     try { freeze(() => 1); } catch (error) { console.log(error.message, Object.isFrozen(copy), Object.is(copy.a, -0)); }`,
  );
  expect(execFileSync(process.execPath, [script], { encoding: "utf8" })).toBe(
    "value is a function true true\n",
  );
  expect(readdirSync(folder)).toEqual(["script.mjs"]);
});
