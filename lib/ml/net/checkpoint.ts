/**
 * The whole state of a training after an epoch, in one file that is replaced at once or not at all:
 * the sha256 of what follows, a new line, and the state as canonical text.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { decodeValue, encodeValue, fail } from "#core";
import { sha256, writeAtomic } from "#storage";
import type { OptimizerState } from "./optimizer.ts";
import type { PlateauState } from "./schedule.ts";
import type { NetNumbers } from "./training-net.ts";

export interface TrainingState {
  /** Epochs done. */
  readonly epoch: number;
  readonly numbers: NetNumbers;
  readonly optimizer: OptimizerState;
  readonly plateau: PlateauState;
  /** Positions of the random numbers that order rows and make noise. */
  readonly order: number;
  readonly noise: number;
  readonly history: History;
  readonly best: { readonly loss: number; readonly epoch: number; readonly numbers: NetNumbers };
}

/** One number an epoch. */
export interface History {
  readonly train: readonly number[];
  readonly validation: readonly number[];
  readonly rates: readonly number[];
}

interface Stored {
  readonly version: 1;
  /** sha256 of all that the training follows from. */
  readonly key: string;
  readonly state: TrainingState;
}

export function checkpointPath(folder: string): string {
  return join(folder, "net.checkpoint");
}

/** Errors: `storage.unwritable`. */
export async function writeCheckpoint(path: string, key: string, state: TrainingState): Promise<void> {
  const text = encodeValue({ version: 1, key, state } satisfies Stored, "checkpoint");
  await writeAtomic(path, `${sha256(text)}\n${text}`);
}

/** The state in a file; undefined if there is none. Errors: `ml.bad-checkpoint` for a file that is not whole. */
export async function readCheckpoint(path: string): Promise<Stored | undefined> {
  let file: string;
  try {
    file = await readFile(path, "utf8");
  } catch (error) {
    if ((error as { code?: unknown }).code === "ENOENT") return undefined;
    return refuse(path, (error as Error).message, error);
  }
  const at = file.indexOf("\n");
  const text = file.slice(at + 1);
  if (sha256(text) !== file.slice(0, at)) refuse(path, "its contents do not have the hash that it names");
  // A copy that may be changed: what decodeValue gives is frozen.
  const stored = structuredClone(decodeValue(text)) as unknown as Stored;
  return stored.version === 1 ? stored : refuse(path, `it is of version ${stored.version}`);
}

function refuse(path: string, problem: string, cause?: unknown): never {
  return fail("ml.bad-checkpoint", {
    message: `${path} is not a checkpoint that can be read: ${problem}`,
    hint: "Move it away, or train with resume: false.",
    fields: { path },
    cause,
  });
}
