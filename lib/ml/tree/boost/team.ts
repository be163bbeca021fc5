/**
 * Threads that work through the units of a phase together.
 *
 * Each takes the next unit from a shared counter, so that a slow thread holds nobody up for longer than its unit. The
 * leader publishes a phase by setting the counter to 0 as the last step; until then it stands far above any count, so
 * that a thread that is late for the last phase finds nothing to do. The phase ends when every unit is done.
 */
import type { TreeSettings } from "../options.ts";
import { CONTROL, type Memory } from "./memory.ts";
import { type Phase, runUnit } from "./units.ts";

export interface Team {
  /** Does all units of a phase; one thread alone yields after each. @param cost of all, in nanoseconds, roughly. */
  run(phase: Phase, units: number, cost: number): Generator<undefined, void>;
}

const NOTHING_LEFT = 2 ** 30;
/** Below this, waking others costs more than they save. */
const SHARED_NS = 100_000;
const SPINS = 2000;

/** @param helpers threads that run `helpTeam`. */
export function createTeam(memory: Memory, settings: TreeSettings, helpers: number): Team {
  const { control } = memory;
  return {
    *run(phase, units, cost) {
      if (helpers === 0 || units < 2 || cost < SHARED_NS) {
        for (let unit = 0; unit < units; unit++) {
          runUnit(memory, settings, phase, unit);
          yield;
        }
        return;
      }
      Atomics.store(control, CONTROL.next, NOTHING_LEFT);
      Atomics.store(control, CONTROL.completed, 0);
      Atomics.store(control, CONTROL.phase, phase);
      Atomics.store(control, CONTROL.units, units);
      Atomics.store(control, CONTROL.next, 0);
      Atomics.add(control, CONTROL.generation, 1);
      if (Atomics.load(control, CONTROL.sleeping) > 0) Atomics.notify(control, CONTROL.generation);
      workThrough(memory, settings);
      for (;;) {
        const completed = Atomics.load(control, CONTROL.completed);
        if (completed === units) break;
        if (!spinWhile(control, CONTROL.completed, completed))
          Atomics.wait(control, CONTROL.completed, completed);
      }
      Atomics.store(control, CONTROL.next, NOTHING_LEFT);
    },
  };
}

/** The life of a helper: it ends when its thread is ended. */
export function helpTeam(memory: Memory, settings: TreeSettings): never {
  const { control } = memory;
  let seen = 0;
  for (;;) {
    if (!spinWhile(control, CONTROL.generation, seen)) {
      Atomics.add(control, CONTROL.sleeping, 1);
      Atomics.wait(control, CONTROL.generation, seen);
      Atomics.sub(control, CONTROL.sleeping, 1);
    }
    seen = Atomics.load(control, CONTROL.generation);
    workThrough(memory, settings);
  }
}

function workThrough(memory: Memory, settings: TreeSettings): void {
  const { control } = memory;
  for (;;) {
    const unit = Atomics.add(control, CONTROL.next, 1);
    // Read after the unit was taken: only then do they belong to it.
    const units = Atomics.load(control, CONTROL.units);
    if (unit >= units) return;
    runUnit(memory, settings, Atomics.load(control, CONTROL.phase) as Phase, unit);
    Atomics.add(control, CONTROL.completed, 1);
    // Only the leader waits for it.
    Atomics.notify(control, CONTROL.completed);
  }
}

/** @returns whether the value changed while it was looked at for some microseconds. */
function spinWhile(control: Int32Array, at: number, value: number): boolean {
  for (let i = 0; i < SPINS; i++) if (Atomics.load(control, at) !== value) return true;
  return false;
}
