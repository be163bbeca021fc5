/**
 * Invariants: a writer that is killed at any moment leaves what it had stored, or that and the write it was in, and
 * nothing else; of two processes that write at once neither loses a write.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { createRng } from "#core";
import { openStore } from "#data";
import { temporaryFolder } from "../../../temporary-folder.ts";

const WRITER = fileURLToPath(new URL("writer.mjs", import.meta.url));
const KEY = { source: "test", symbol: "BTC/USDT", kind: "trades" as const };
const START = Date.UTC(2024, 0, 1);
/** Bounds every wait for a child. */
const PATIENCE_MS = 60_000;

/** A writer of steps; `steps` grows as it tells what is stored. */
function startWriter(folder: string, first: number, last: number) {
  const child = spawn(process.execPath, [WRITER, folder, String(first), String(last)], {
    stdio: ["ignore", "pipe", "inherit"],
    timeout: PATIENCE_MS,
    killSignal: "SIGKILL",
  });
  const steps: number[] = [];
  let onStep = () => {};
  child.stdout!.on("data", (text: Buffer) => {
    for (const line of text.toString().split("\n")) if (line !== "") steps.push(Number(line));
    onStep();
  });
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  const firstStep = Promise.race([
    ended,
    new Promise<void>((resolve) => {
      onStep = resolve;
    }),
  ]);
  return { child, steps, ended, firstStep };
}

/** The times of the rows that steps 0 to `last` store, each once. */
function timesOf(steps: readonly number[]): number[] {
  const times = steps.flatMap((step) => Array.from({ length: 400 }, (_, i) => START + step * 9e6 + i * 4e5));
  return [...new Set(times)].sort((a, b) => a - b);
}

const upTo = (step: number) => Array.from({ length: step + 1 }, (_, k) => k);

function end(child: ChildProcess): void {
  if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
}

describe("processes that write", () => {
  it("may be killed at any moment", async () => {
    const seed = Date.now() % 1e6;
    const rng = createRng(seed);
    const folder = temporaryFolder();
    const store = openStore(folder);
    const dataset = join(folder, "test", "BTC-USDT", "trades");
    let next = 0;
    let cut = 0;
    try {
      for (let round = 0; round < 7; round++) {
        const { child, steps, ended, firstStep } = startWriter(folder, next, next + 1000);
        try {
          await firstStep;
          await new Promise((resolve) => setTimeout(resolve, rng.next() * 150));
        } finally {
          end(child);
          await ended;
        }
        if (existsSync(join(dataset, ".unfinished"))) cut++;
        const told = steps.at(-1)!;
        const { time, id } = await store.readTable(KEY);
        const possible = [told, told + 1].map((step) => timesOf(upTo(step)));
        expect(
          possible.map((times) => times.length),
          `seed ${seed}, step ${told}`,
        ).toContain(time.length);
        expect([...time]).toEqual(possible.find((times) => times.length === time.length));
        expect([...id]).toEqual([...time].map((at) => at / 1e5));
        next = told + 1;
      }
      // The next write sweeps what the killed ones left.
      await store.writeTable({ ...KEY, checks: [] }, await store.readTable(KEY));
      const named = new Set<string>();
      for (const name of readdirSync(join(dataset, "versions"))) {
        const { parts } = JSON.parse(readFileSync(join(dataset, "versions", name), "utf8"));
        for (const { file } of parts as { file: string }[]) named.add(`${file}.parquet`);
      }
      expect(readdirSync(join(dataset, "parts")).sort()).toEqual([...named].sort());
      expect(readdirSync(dataset).filter((name) => !/^\.?lock\./.test(name))).toEqual([
        "current.json",
        "parts",
        "versions",
      ]);
      expect(cut, `seed ${seed}: kills in the middle of a write`).toBeGreaterThan(0);
    } finally {
      await store.close();
    }
  }, 60_000);

  it("do not lose each other's rows", async () => {
    const folder = temporaryFolder();
    const writers = [startWriter(folder, 0, 8), startWriter(folder, 8, 16), startWriter(folder, 4, 12)];
    try {
      expect(await Promise.all(writers.map(({ ended }) => ended))).toEqual([0, 0, 0]);
    } finally {
      for (const { child } of writers) end(child);
    }
    const store = openStore(folder);
    try {
      expect([...(await store.readTable(KEY)).time]).toEqual(timesOf(upTo(15)));
    } finally {
      await store.close();
    }
  }, 60_000);
});
