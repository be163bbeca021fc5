/**
 * The fast lane of a plan: a stream that is made once, with functions generated for it alone, and is lent to whoever
 * pushes many bars. Who gets it puts what he knows into it; who had it takes his own back, as it then stands. So a
 * second stream of the plan finds the functions compiled.
 */
import type { Plan } from "../plan.ts";
import { PlanStream } from "./stream.ts";

/** Who may be asked to leave the lane. */
export interface LaneUser {
  leaveLane(): void;
}

export class Lane {
  readonly stream: PlanStream;
  readonly barMs: number;
  private user: LaneUser | undefined;

  constructor(plan: Plan, barMs: number) {
    this.stream = new PlanStream(plan, barMs, true);
    this.barMs = barMs;
  }

  /** The lane's stream, as `from` stands. */
  lend(from: PlanStream, user: LaneUser): PlanStream {
    this.user?.leaveLane();
    this.user = user;
    this.stream.copyFrom(from);
    return this.stream;
  }
}

const lanes = new WeakMap<Plan, Lane>();

/** V8 compiles the lane's functions in the time that it gains over twice as many bars, about. */
const BARS_BEFORE_FIRST = 250_000;
/** Two streams that take turns must not copy all the time. */
const BARS_BEFORE = 5_000;

/** How many bars a stream takes by itself before it asks for the lane. */
export function barsBeforeLane(plan: Plan): number {
  return lanes.has(plan) ? BARS_BEFORE : BARS_BEFORE_FIRST;
}

/** Undefined where the plan has one for bars of another length. */
export function laneOf(plan: Plan, barMs: number): Lane | undefined {
  let lane = lanes.get(plan);
  if (lane === undefined) {
    lane = new Lane(plan, barMs);
    lanes.set(plan, lane);
  }
  return lane.barMs === barMs ? lane : undefined;
}
