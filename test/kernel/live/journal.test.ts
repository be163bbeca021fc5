import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { LiveInput } from "#live";
import { Journal, journalHash, readJournal } from "../../../kernel/live/journal.ts";
import { readSnapshot, writeSnapshot } from "../../../kernel/live/snapshot.ts";
import { temporaryFolder } from "../../temporary-folder.ts";

const RECORDS: readonly LiveInput[] = [
  { kind: "trade", time: 1.5, instrument: 0, id: 7, ticks: 100, lots: 3 },
  {
    kind: "order-filled",
    time: 2,
    id: "ü-1",
    trade: "9",
    ticks: 1,
    lots: 2,
    fee: 12345678901234567890n,
    feeAsset: "BTC",
    execution: 4,
  },
  {
    kind: "strategy-failed",
    time: Number.NEGATIVE_INFINITY,
    code: "strategy.handler-failed",
    message: "„𝄞“",
  },
];

describe("the journal", () => {
  it("gives back what was written, bigints, infinities and all letters, with its receipt time", () => {
    const folder = temporaryFolder();
    const journal = new Journal(folder);
    for (const [i, input] of RECORDS.entries()) journal.append(input, 1e12 + i / 8);
    expect(journal.sequence).toBe(3);
    expect([...readJournal(folder)]).toEqual(
      RECORDS.map((input, i) => ({ sequence: i + 1, received: 1e12 + i / 8, input })),
    );
    journal.close();
    const again = new Journal(folder);
    again.append(RECORDS[0]!, 5);
    again.close();
    expect([...readJournal(folder)].map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4]);
  });

  it("has a hash of what it says, whenever it was received", () => {
    const [one, two, other] = [temporaryFolder(), temporaryFolder(), temporaryFolder()];
    for (const [folder, received, records] of [
      [one, 1, RECORDS],
      [two, 2, RECORDS],
      [other, 1, RECORDS.toReversed()],
    ] as const) {
      const journal = new Journal(folder);
      for (const input of records) journal.append(input, received);
      journal.close();
    }
    expect(journalHash(one)).toBe(journalHash(two));
    expect(journalHash(one)).not.toBe(journalHash(other));
  });

  it("is empty where none was begun", () => {
    expect([...readJournal(temporaryFolder())]).toEqual([]);
  });
});

describe("a snapshot", () => {
  const at = (sequence: number) => ({ sequence, bundle: "b", core: { syncs: sequence } as never });

  it("is the newest whole one of this bundle that the journal reaches; two are kept", async () => {
    const folder = temporaryFolder();
    for (const sequence of [10, 20, 30]) await writeSnapshot(folder, at(sequence));
    expect(readdirSync(join(folder, "snapshot"))).toEqual(["0000000020", "0000000030"]);
    expect(await readSnapshot(folder, "b", 99)).toMatchObject({ sequence: 30 });
    expect(await readSnapshot(folder, "b", 29)).toMatchObject({ sequence: 20 });
    expect(await readSnapshot(folder, "b", 19)).toBeUndefined();
    expect(await readSnapshot(folder, "another", 99)).toBeUndefined();
    expect(await readSnapshot(temporaryFolder(), "b", 99)).toBeUndefined();
  });

  it("that is damaged in any byte is passed over for the one before", async () => {
    const folder = temporaryFolder();
    for (const sequence of [10, 20]) await writeSnapshot(folder, at(sequence));
    const path = join(folder, "snapshot", "0000000020");
    const whole = readFileSync(path);
    for (let byte = 0; byte < whole.length; byte += 7) {
      const damaged = Buffer.from(whole);
      damaged[byte]! ^= 1;
      writeFileSync(path, damaged);
      expect(await readSnapshot(folder, "b", 99)).toMatchObject({ sequence: 10 });
    }
    for (const length of [0, 1, 64, 65, whole.length - 1]) {
      writeFileSync(path, whole.subarray(0, length));
      expect(await readSnapshot(folder, "b", 99)).toMatchObject({ sequence: 10 });
    }
    // What a crash while writing leaves is no snapshot.
    writeFileSync(join(folder, "snapshot", ".0000000040.abcd.tmp"), whole);
    expect(await readSnapshot(folder, "b", 99)).toMatchObject({ sequence: 10 });
  });
});
