import { type Millis, timeframeMs } from "#core";
import { barStart } from "#market";
import type { VenueGateway } from "#model";
import type { TradingCore } from "./core/trading-core.ts";
import type { LiveTrader } from "./live-trader.ts";

/** A bar whose last trades may still be on their way to the venue's tape is closed by the clock only after this. */
const GRACE_MS = 1000;
const LOOK_MS = 250;

/**
 * Tells the trader when a bar's time is over, by the venue's clock, and after all that was traded until then: a trade
 * that is still on its way would be late for its bar. @returns what ends it.
 */
export function followClock(
  { terms, engine }: Pick<TradingCore, "terms" | "engine">,
  trader: Pick<LiveTrader, "isJoined" | "reachTime">,
  gateway: Pick<VenueGateway, "time" | "catchUp">,
): () => void {
  const length = timeframeMs(terms.timeframe);
  let told: Millis = Number.NEGATIVE_INFINITY;
  /** The venue's clock is so far ahead of this machine's. */
  let ahead = 0;
  let isAsking = false;
  const endOfBar = () => barStart(Date.now() + ahead - GRACE_MS, length);
  const isDue = (end: Millis) => trader.isJoined && end > told && end > engine.now;
  const look = async () => {
    if (!isDue(endOfBar())) return;
    const time = await gateway.time();
    if (!Number.isFinite(time)) return;
    ahead = time - Date.now();
    const end = endOfBar();
    if (!isDue(end)) return;
    await gateway.catchUp();
    if (!isDue(end)) return;
    told = end;
    trader.reachTime(end);
  };
  const timer = setInterval(() => {
    if (isAsking) return;
    isAsking = true;
    // A venue that is out of reach is asked again.
    look()
      .catch(() => {})
      .finally(() => {
        isAsking = false;
      });
  }, LOOK_MS);
  return () => clearInterval(timer);
}
