import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { createRng, encodeValue } from "#core";
import { type CrashPoint, readJournal } from "#live";
import { recover, termsOf } from "../../../kernel/live/recover.ts";
import { readSnapshot, writeSnapshot } from "../../../kernel/live/snapshot.ts";
import { ROOT } from "../../tidy/sources.ts";
import { maker } from "./maker.ts";
import { bundleOf, KEYS, openSession, type Promoted, type Session, walk } from "./session.ts";

/*
 * kill -9 of the daemon at each named point of its work, and at points drawn at random; started again each time, on the
 * same folder. However often it dies: no order is lost or doubled, the strategy remembers, the books are the
 * exchange's, and all it did is what the undisturbed backtest does, in every integer.
 */

const WARM = 100;
const LENGTH = 160;
const POINTS: readonly CrashPoint[] = [
  "before-journal",
  "after-journal",
  "before-send",
  "after-send",
  "after-answer",
  "before-report",
  "after-report",
  "before-snapshot",
  "after-snapshot",
];
/** All of them take minutes: npm run test:all. A few are always tried. */
const isWhole = process.env.MODE === "all";
const SEED = Number(process.env.TICKBOOK_SEED ?? 1);

interface Crash {
  readonly point: CrashPoint | "any";
  readonly count: number;
}

function startProcess(session: Session, bundle: Promoted, crashAt: Crash | undefined): ChildProcess {
  const { folder, origin, bus } = session;
  const options = {
    bundle: bundle.path,
    folder,
    keys: KEYS,
    origin,
    bus,
    clock: "venue",
    isDurable: false,
    snapshotEvery: 25,
    crashAt,
  };
  const script = join(import.meta.dirname, "daemon-process.mjs");
  const root = pathToFileURL(`${ROOT}/`).href;
  const child = spawn(process.execPath, [script, root, JSON.stringify(options)], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  child.stderr!.on("data", (text) => void session.log.push(String(text)));
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

/** @returns how many of the crashes came to pass before the replay ended. */
async function tradeThrough(session: Session, bundle: Promoted, crashes: readonly Crash[]): Promise<number> {
  let died = 0;
  let isDone = false;
  session.exchange.done.then(
    () => {
      isDone = true;
    },
    () => {},
  );
  for (const crash of [...crashes, undefined]) {
    const child = startProcess(session, bundle, crash);
    const ended = once(child, "exit") as Promise<[number | null, string | null]>;
    const signal = await Promise.race([
      ended.then(([, name]) => name),
      session.exchange.done.then(() => "done"),
    ]);
    if (signal === "SIGKILL") {
      died++;
      continue;
    }
    expect({ signal, isDone, log: signal === "done" ? "" : session.log.join("") }).toEqual({
      signal: "done",
      isDone: true,
      log: "",
    });
    child.kill("SIGTERM");
    const [code] = await ended;
    expect({ code, log: code === 0 ? "" : session.log.join("") }).toEqual({ code: 0, log: "" });
    return died;
  }
  return died;
}

async function survives(crashes: readonly Crash[]): Promise<number> {
  const bundle = await bundleOf(maker, [walk(21, LENGTH)]);
  const session = await openSession({ bundle, from: bundle.bars[0]!.time[WARM]! });
  const died = await tradeThrough(session, bundle, crashes);
  const { replay, parity, booksDiffer, state } = await session.prove();
  expect({ parity: parity.difference, replay: replay.difference, booksDiffer, crashes }).toEqual({ crashes });
  await expectSameRecovery(session.folder);
  expect(state.accounts[0]!.orders).toBe(
    replay.core.orders.filter(({ state: end }) => end !== "rejected").length,
  );
  expect(state.accounts[0]!.trades).toBe(replay.core.fills.length);
  return died;
}

/** A snapshot and the records after it lead where all records lead. */
async function expectSameRecovery(folder: string): Promise<void> {
  const terms = termsOf(folder);
  const end = [...readJournal(folder)].length;
  const snapshot = await readSnapshot(folder, terms.bundle, end);
  const recovered = async () => encodeValue((await recover(folder, terms, end)).core.snapshot());
  const fromSnapshot = await recovered();
  // One of an engine that knew other fields is passed over.
  const { core, ...rest } = snapshot!;
  await writeSnapshot(folder, { ...rest, core: { ...core, engine: { ...core.engine, another: 1 } } });
  const passedOver = await recovered();
  rmSync(join(folder, "snapshot"), { recursive: true });
  const fromStart = await recovered();
  expect([fromSnapshot, passedOver]).toEqual([fromStart, fromStart]);
}

describe("a daemon that is killed", () => {
  it.each(isWhole ? POINTS : POINTS.filter((_, i) => i % 3 === SEED % 3))(
    "at %s goes on as if nothing had been",
    async (point) => {
      expect(
        await survives([
          { point, count: 5 },
          { point, count: 9 },
        ]),
      ).toBe(2);
    },
    120_000,
  );

  it(`at ${isWhole ? 25 : 4} random points (seed ${SEED}) goes on as if nothing had been`, async () => {
    const rng = createRng(SEED, 7);
    const crashes = Array.from(
      { length: isWhole ? 25 : 4 },
      () => ({ point: "any", count: 1 + rng.nextInt(60) }) as const,
    );
    expect(await survives(crashes)).toBeGreaterThan(isWhole ? 20 : 2);
  }, 300_000);
});
