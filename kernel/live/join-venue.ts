import type { Millis } from "#core";
import type { Order, OrderReport, VenueGateway } from "#model";
import type { CoreDriver, Log } from "./core-driver.ts";
import { differenceOfBooks } from "./reconcile.ts";
import { ASK_PAUSE_MS, endOfUnknown, pause } from "./venue-questions.ts";

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
  if (isToBeSent("submit")) return isStale(order, now) ? [givenUp(order, core.engine.now)] : [];
  const known = await gateway.ask(order);
  if (!known.isKnown) {
    const isWanted = order.state === "submitting" || order.state === "unknown";
    const isSentAgain = isWanted && !isStale(order, now);
    onLog("warning", `the exchange knows no order ${id}: it is ${isSentAgain ? "sent again" : "given up"}`);
    if (!isSentAgain) return [isWanted ? givenUp(order, core.engine.now) : endOfUnknown(order)];
    driver.write({ kind: "unsent", id });
    return [];
  }
  // The cancel may have been lost; a second one does no harm.
  const stands = !known.events.some(({ kind }) => ENDS.includes(kind));
  if (stands && order.state === "canceling" && !isToBeSent("cancel")) await gateway.cancel(order);
  return known.events;
}

function isStale(order: Order, now: Millis): boolean {
  return order.side > 0 && !(now - order.sentAt <= STALE_MS);
}

function givenUp({ id }: Order, time: Millis): OrderReport {
  return { kind: "order-rejected", id, time, execution: 0, reason: "stale" };
}

/**
 * Gives up the buys that were decided on while catching up with a market that has moved on since.
 * @param decidedOn by order: time of the trade that led to it. The engine's own clock may have been ahead of the market.
 */
export async function giveUpStale(
  driver: CoreDriver,
  gateway: Pick<VenueGateway, "time">,
  decidedOn: ReadonlyMap<string, Millis>,
): Promise<void> {
  const { commands, engine } = driver.core;
  if (!commands.some(({ kind, order }) => kind === "submit" && order.side > 0)) return;
  const now = await gateway.time();
  // Giving one up may have another sent in its place.
  for (let k = 0; k < commands.length; ) {
    const { kind, order } = commands[k]!;
    const market = decidedOn.get(order.id) ?? order.sentAt;
    const isOld = isStale(order, now) || isStale({ ...order, sentAt: market }, now);
    if (kind === "submit" && isOld) await driver.stepReport(givenUp(order, engine.now));
    else k++;
  }
}

/** Gives up the buys that a halt, or the strategy's end, withdrew before they were sent. */
export async function giveUpWithdrawn(driver: CoreDriver): Promise<void> {
  const { commands, engine } = driver.core;
  const withdrawn = commands.filter(
    ({ kind, order }) =>
      kind === "submit" &&
      order.side > 0 &&
      order.state === "canceling" &&
      (engine.halted || engine.stopped[order.strategy] === 1),
  );
  for (const { order } of withdrawn)
    await driver.stepReport({ kind: "order-canceled", id: order.id, time: Number.NaN, execution: 0 });
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
