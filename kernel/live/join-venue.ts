import type { Millis } from "#core";
import type { Order, OrderReport, VenueGateway } from "#model";
import type { CoreDriver, Log } from "./core-driver.ts";
import { differenceOfBooks } from "./reconcile.ts";
import { ASK_PAUSE_MS, pause, reportsOf } from "./venue-questions.ts";

/** A buy that was decided on longer ago, by the venue's clock, is not sent any more after the daemon was down. */
const STALE_MS = 10_000;
const BOOKS_ATTEMPTS = 5;
const ENDS: readonly OrderReport["kind"][] = ["order-canceled", "order-expired", "order-rejected"];

/** What became of the orders that go on while nobody listened. What never arrived is sent again, or given up if it is old. */
export async function missedReports(
  driver: CoreDriver,
  gateway: VenueGateway,
  onLog: Log,
): Promise<readonly OrderReport[]> {
  const now = await gateway.time();
  const reports: OrderReport[] = [];
  for (const order of [...driver.core.engine.orders.values()])
    reports.push(...(await findOut(driver, gateway, onLog, order, now)));
  return reports;
}

async function findOut(
  driver: CoreDriver,
  gateway: VenueGateway,
  onLog: Log,
  order: Order,
  now: Millis,
): Promise<readonly OrderReport[]> {
  const { core } = driver;
  const { id } = order;
  const isToBeSent = (kind: "submit" | "cancel") =>
    core.commands.some((command) => command.kind === kind && command.order === order);
  const isStale = order.side > 0 && now - order.sentAt > STALE_MS;
  const givenUp: OrderReport = {
    kind: "order-rejected",
    id,
    time: core.engine.now,
    execution: 0,
    reason: "stale",
  };
  if (isToBeSent("submit")) return isStale ? [givenUp] : [];
  const reports = await reportsOf(gateway, order);
  if (reports.length === 0 && (order.state === "submitting" || order.state === "unknown")) {
    const fate = isStale ? "it is too old to be sent again" : "it is sent again";
    onLog("warning", `order ${id} never arrived: ${fate}`);
    if (isStale) return [givenUp];
    driver.write({ kind: "unsent", id });
    return [];
  }
  // The cancel may have been lost; a second one does no harm.
  const stands = !reports.some(({ kind }) => ENDS.includes(kind));
  if (stands && order.state === "canceling" && !isToBeSent("cancel")) await gateway.cancel(order);
  return reports;
}

/**
 * Holds the books against the account's, a few times: fills may be on their way. Books that stay different halt.
 * @returns the difference, if there is one.
 */
export async function compareBooks(
  driver: CoreDriver,
  gateway: VenueGateway,
  onLog: Log,
): Promise<string | undefined> {
  const { core } = driver;
  let difference: string | undefined;
  for (let attempt = 1; attempt <= BOOKS_ATTEMPTS; attempt++) {
    difference = differenceOfBooks(core, await gateway.balances());
    if (difference === undefined) return undefined;
    await pause(ASK_PAUSE_MS);
    for (const order of [...core.engine.orders.values()]) {
      const known = await gateway.ask(order);
      if (known.isKnown) for (const report of known.events) await driver.stepReport(report);
    }
  }
  onLog("error", `the books differ from the account at ${gateway.name}: ${difference}`);
  await driver.step({ kind: "operator", time: core.engine.now, action: "halt" });
  return difference;
}
