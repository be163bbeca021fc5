import { checkLimits, type Limits } from "#model";
import type { Engine } from "../state.ts";

/** Puts other limits in force. Orders that were sent before count toward a new rate. Errors: `model.bad-limits`. */
export function changeLimits(engine: Engine, limits: Limits): void {
  engine.limits = checkLimits(limits);
  const old = engine.sentAt;
  const ring = new Float64Array(limits.maxOrdersPerMinute ?? 0).fill(Number.NEGATIVE_INFINITY);
  const kept = Math.min(ring.length, old.length, engine.sent);
  for (let k = 0; k < kept; k++) ring[k] = old[(engine.sent - kept + k) % old.length]!;
  engine.sentAt = ring;
  engine.sent = kept;
}
