/** A thread that trains: the leader, or one that helps it. */
import { parentPort, workerData } from "node:worker_threads";
import { fitFrom } from "../measure.ts";
import { failureFrom, type TrainingMessage } from "../messages.ts";
import type { TreeSettings } from "../options.ts";
import { boost } from "./boost.ts";
import type { Memory } from "./memory.ts";
import { createTeam, helpTeam } from "./team.ts";

interface Job {
  readonly memory: Memory;
  readonly settings: TreeSettings;
  readonly isLeader: boolean;
  /** Threads beside the leader. */
  readonly helpers: number;
}

const { memory, settings, isLeader, helpers } = workerData as Job;
if (isLeader) lead();
else helpTeam(memory, settings);

function lead(): void {
  const post = (message: TrainingMessage) => parentPort!.postMessage(message);
  try {
    const team = createTeam(memory, settings, helpers);
    const rounds = boost(memory, settings, team, (round, loss) => post({ kind: "round", round, loss }));
    let step = rounds.next();
    while (!step.done) step = rounds.next();
    post({ kind: "done", fit: fitFrom(step.value, memory.data, settings) });
  } catch (error) {
    post(failureFrom(error));
  }
}
