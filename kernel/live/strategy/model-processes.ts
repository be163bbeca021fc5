/** The processes of a strategy's models, one each, where it says what happens when a model fails. */
import type { Duplex } from "node:stream";
import { IsolatedProcess } from "./isolated-process.ts";
import { launchOf, modelEntry, ownReads } from "./layers.ts";

/** Of a process's heap, and beside it: Node, onnxruntime, what a run needs, MiB. */
const HEAP_MB = 128;
const OUTSIDE_HEAP_MB = 512;
/** And this many times its model. */
const MODEL_COPIES = 5;

export class ModelProcesses {
  private readonly processes: readonly IsolatedProcess[];

  private constructor(processes: readonly IsolatedProcess[]) {
    this.processes = processes;
  }

  /** @param lengths of the models' files, bytes. */
  static async start(lengths: readonly number[]): Promise<ModelProcesses> {
    if (lengths.length === 0) return new ModelProcesses([]);
    const entry = modelEntry();
    const launch = await launchOf({
      entry,
      reads: [...ownReads(true), entry],
      addons: true,
      heapMb: HEAP_MB,
    });
    const processes = lengths.map((bytes) => {
      const rssMbMax = HEAP_MB + OUTSIDE_HEAP_MB + Math.ceil((MODEL_COPIES * bytes) / 2 ** 20);
      // A model that grows without end is as one that fails.
      const started: IsolatedProcess = new IsolatedProcess({
        launch,
        rssMbMax,
        onMemory: () => started.kill(),
      });
      return started;
    });
    return new ModelProcesses(processes);
  }

  get pids(): readonly (number | undefined)[] {
    return this.processes.map(({ pid }) => pid);
  }

  /** The ends of the pipes that the strategy's process inherits; to be destroyed here once it has them. */
  channels(): Duplex[] {
    return this.processes.flatMap(({ channel }) => channel ?? []);
  }

  /** Ends all, and waits until they are gone. */
  async end(): Promise<void> {
    for (const process of this.processes) process.kill();
    await Promise.all(this.processes.map(({ ended }) => ended));
  }
}
