/**
 * Threads that work through the units of a phase together.
 *
 * Each takes the next ticket from a shared counter, so that a slow thread holds nobody up for longer than its unit. A
 * phase's tickets begin where no earlier phase gave any out: a thread that took one, fell asleep and wakes in a later
 * phase finds that it is not of that phase. The phase ends when every unit is done.
 */
import type { TreeSettings } from "../options.ts";
import { CONTROL, type Memory } from "./memory.ts";
import { type Phase, runUnit } from "./units.ts";

export interface Team {
  /** Does all units of a phase; one thread alone yields after each. @param cost of all, in nanoseconds, roughly. */
  run(phase: Phase, units: number, cost: number): Generator<undefined, void>;
}

/** Tickets between two phases: more than threads can take in vain at the end of one. */
const GAP = 1024;
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
      publish(control, phase, units);
      if (Atomics.load(control, CONTROL.sleeping) > 0) Atomics.notify(control, CONTROL.generation);
      workThrough(memory, settings);
      for (;;) {
        const completed = Atomics.load(control, CONTROL.completed);
        if (completed === units) break;
        if (!spinWhile(control, CONTROL.completed, completed))
          Atomics.wait(control, CONTROL.completed, completed);
      }
    },
  };
}

/** Opens a phase, when all units of the one before are done. */
export function publish(control: Int32Array, phase: Phase, units: number): void {
  const before = Atomics.load(control, CONTROL.first) + Atomics.load(control, CONTROL.units);
  // Counts on past 2^31: only differences are looked at.
  const first = (before + GAP) | 0;
  Atomics.store(control, CONTROL.completed, 0);
  Atomics.store(control, CONTROL.phase, phase);
  // In this order: whoever reads the new units reads the new first ticket after them.
  Atomics.store(control, CONTROL.first, first);
  Atomics.store(control, CONTROL.units, units);
  Atomics.store(control, CONTROL.next, first);
  Atomics.add(control, CONTROL.generation, 1);
}

/** The unit of the open phase that a ticket stands for; -1 if it is of an earlier phase, or beyond the last unit. */
export function unitOf(control: Int32Array, ticket: number): number {
  const units = Atomics.load(control, CONTROL.units);
  const unit = (ticket - Atomics.load(control, CONTROL.first)) | 0;
  return unit >= 0 && unit < units ? unit : -1;
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
    const unit = unitOf(control, Atomics.add(control, CONTROL.next, 1));
    if (unit < 0) return;
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
