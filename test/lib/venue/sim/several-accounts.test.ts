import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { account, bps, createInstrument, notionalUnits } from "#model";
import { createSimVenue, type OrderTicket, type SimVenue, type VenueOrder, type VenueReport } from "#venue";
import { askTicks, bidTicks } from "../../../../lib/venue/sim/liquidity.ts";

const BTC = createInstrument({ symbol: "BTC/USD", tick: "0.01", lot: "0.001", minNotional: "1" });
const ACCOUNTS = 3;
const PRINT = 10_000;

function termsOf(feesBps: number) {
  const rates = { fees: bps(feesBps), slippage: bps(100) };
  return account({
    venue: "binance",
    kind: "cash",
    currency: "USD",
    capital: 10_000,
    ...rates,
    latencyMs: 50,
  });
}

/** The model quotes 9,900 and 10,100 ticks, so many lots each; every account holds what it could buy for half its money. */
function open(feesBps = 0, depth = 1e6) {
  const terms = termsOf(feesBps);
  const venue = createSimVenue(terms, [BTC], ACCOUNTS);
  venue.print(0, PRINT, 1e6);
  for (let i = 0; i < ACCOUNTS; i++) venue.submit(0, i, ticket(`start-${i}`, 1, "market", 49_000));
  while (venue.nextArrival < 100) venue.arriveNext();
  const started = venue.outbox.splice(0);
  venue.print(0, PRINT, depth);
  return { terms, venue, started };
}

function ticket(
  id: string,
  side: 1 | -1,
  type: OrderTicket["type"],
  lots: number,
  ticks?: number,
): OrderTicket {
  return { id, instrument: 0, side, type, lots, ticks };
}

interface Step {
  readonly account: number;
  readonly side: 1 | -1;
  readonly type: OrderTicket["type"];
  readonly lots: number;
  readonly ticks: number;
  /** Moves the market afterwards. */
  readonly print: number | undefined;
}

const step: fc.Arbitrary<Step> = fc.record({
  account: fc.nat(ACCOUNTS - 1),
  side: fc.constantFrom(1, -1),
  type: fc.constantFrom("limit", "limit", "market", "stop"),
  lots: fc.integer({ min: 1, max: 5000 }),
  ticks: fc.integer({ min: 9850, max: 10_150 }),
  print: fc.option(fc.integer({ min: 9900, max: 10_100 }), { nil: undefined, freq: 4 }),
});
const steps = fc.array(step, { minLength: 10, maxLength: 60 });

/** Runs the steps. @returns the reports in their order, and every order that was taken. */
function run(venue: SimVenue, list: readonly Step[]) {
  const reports: VenueReport[] = [];
  const orders: VenueOrder[] = [];
  list.forEach(({ account: owner, side, type, lots, ticks, print }, n) => {
    const time = 1000 + 100 * n;
    const taken = venue.submit(
      time,
      owner,
      ticket(`order-${n}`, side, type, lots, type === "market" ? undefined : ticks),
    );
    if (typeof taken !== "string") orders.push(taken);
    while (venue.nextArrival <= time + 50) venue.arriveNext();
    if (print !== undefined) {
      venue.print(0, print, 3000);
      venue.match(time + 60, 0);
    }
    reports.push(...venue.outbox.splice(0));
  });
  return { reports, orders };
}

function fillsOf(reports: readonly VenueReport[]) {
  return reports.flatMap(({ order, event, isMaker }) =>
    event.kind === "order-filled"
      ? [{ ...event, isMaker, account: order.account, side: order.ticket.side }]
      : [],
  );
}

/** A fill that took from the book, and the fill of the account that stood there. */
function pairsOf(fills: ReturnType<typeof fillsOf>) {
  return fills.flatMap((taker, i) => {
    const maker = fills[i + 1];
    // Reports of one order follow one another, so a maker right behind a taker is the one it met.
    return !taker.isMaker && maker?.isMaker && maker.time === taker.time ? [{ taker, maker }] : [];
  });
}

describe("several accounts on one venue", () => {
  it("have, to the unit, what their fills gave them: free or held back for what still works", () =>
    fc.assert(
      fc.property(steps, fc.integer({ min: 0, max: 50 }), (list, fees) => {
        const { venue, started } = open(fees);
        const { reports, orders } = run(venue, list);
        const fills = fillsOf([...started, ...reports]);
        for (let i = 0; i < ACCOUNTS; i++) {
          let [quote, base] = [10_000_0000_0000n, 0n];
          for (const { side, ticks, lots, fee, feeAsset } of fills.filter((fill) => fill.account === i)) {
            quote -= BigInt(side) * notionalUnits(BTC, ticks, lots) + (feeAsset === "USD" ? fee : 0n);
            base += BigInt(side * lots) * BigInt(BTC.baseUnitsPerLot) - (feeAsset === "BTC" ? fee : 0n);
          }
          const funds = venue.funds(i);
          const working = orders.filter((order) => order.account === i && order.state === "accepted");
          const held = (side: number) =>
            working.reduce((sum, order) => sum + (order.ticket.side === side ? order.locked : 0n), 0n);
          expect(funds.quote).toEqual({ free: quote - held(1), locked: held(1) });
          expect(funds.base).toEqual([{ free: base - held(-1), locked: held(-1) }]);
          expect(funds.quote.free >= 0n && funds.base[0]!.free >= 0n).toBe(true);
        }
      }),
    ));

  it("lose and gain nothing but to one another when they meet; nobody trades with itself", async () => {
    let met = 0;
    await fc.assert(
      fc.property(steps, (list) => {
        const { venue } = open();
        // Without a print every maker was met by an order that arrived.
        const { reports } = run(
          venue,
          list.map((each) => ({ ...each, print: undefined })),
        );
        for (const { taker, maker } of pairsOf(fillsOf(reports))) {
          met++;
          expect(maker).toMatchObject({ ticks: taker.ticks, lots: taker.lots, side: -taker.side });
          expect(maker.account).not.toBe(taker.account);
        }
      }),
    );
    expect(met).toBeGreaterThan(100);
  });

  it("are met by price, then by time; then, at the model's own price, the model", () =>
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            account: fc.nat(ACCOUNTS - 1),
            ticks: fc.integer({ min: 9898, max: 9904 }),
            lots: fc.integer({ min: 100, max: 900 }),
          }),
          { minLength: 1, maxLength: 12 },
        ),
        fc.integer({ min: 100, max: 8000 }),
        fc.integer({ min: 0, max: 2000 }),
        (bids, lots, depth) => {
          const { terms, venue } = open(0, depth);
          bids.forEach(({ account: owner, ...bid }, n) => {
            venue.submit(1000 + n, owner, ticket(`bid-${n}`, 1, "limit", bid.lots, bid.ticks));
            venue.arriveNext();
          });
          venue.submit(2000, 0, ticket("sale", -1, "market", lots));
          venue.arriveNext();
          const model = bidTicks(terms, PRINT);
          // Bids below the model's are not reached: the book ends with the model's depth.
          const queue = bids
            .map((bid, n) => ({ ...bid, id: `bid-${n}` }))
            .filter((bid) => bid.account !== 0 && bid.ticks >= model)
            .sort((a, b) => b.ticks - a.ticks);
          let left = lots;
          const expected: [string, number, number][] = [];
          for (const { id, ticks, lots: size } of [...queue, { id: "", ticks: model, lots: depth }]) {
            const part = Math.min(left, size);
            left -= part;
            if (part > 0)
              expected.push(
                ["sale", ticks, part],
                ...(id ? [[id, ticks, part] as [string, number, number]] : []),
              );
          }
          const fills = fillsOf(venue.outbox).map((fill) => [fill.id, fill.ticks, fill.lots]);
          expect(fills).toEqual(expected);
          expect(venue.outbox.filter(({ event }) => event.kind === "order-expired")).toHaveLength(
            left > 0 ? 1 : 0,
          );
        },
      ),
    ));

  it("see one book: the model's quotes and all limits that rest, summed by price, best first", () =>
    fc.assert(
      fc.property(steps, (list) => {
        const { terms, venue } = open();
        const orders: VenueOrder[] = [];
        let last = PRINT;
        const check = (shown: ReturnType<SimVenue["book"]>) => {
          for (const [side, levels, model] of [
            [1, shown.bids, bidTicks(terms, last)],
            [-1, shown.asks, askTicks(terms, last)],
          ] as const) {
            const resting = orders.filter(
              ({ state, ticket: { side: own, type } }) =>
                state === "accepted" && own === side && type === "limit",
            );
            const prices = new Set(resting.map((order) => order.ticket.ticks!));
            const sizes = [...prices]
              .filter((ticks) => ticks !== model)
              .map((ticks) => ({
                ticks,
                lots: resting.reduce(
                  (sum, order) => sum + (order.ticket.ticks === ticks ? order.left : 0),
                  0,
                ),
              }));
            expect(levels.filter(({ ticks }) => ticks !== model)).toEqual(
              sizes.sort((a, b) => side * (b.ticks - a.ticks)),
            );
            expect(
              levels.every(
                ({ ticks, lots }, i) => lots > 0 && (i === 0 || side * (levels[i - 1]!.ticks - ticks) > 0),
              ),
            ).toBe(true);
          }
        };
        list.forEach((each) => {
          const { orders: taken } = run(venue, [each]);
          orders.push(...taken);
          last = each.print ?? last;
          check(venue.book(0));
        });
      }),
    ));

  it("have no book before the first print, and a cancel reaches only an account's own order", () => {
    const venue = createSimVenue(termsOf(0), [BTC], 2);
    expect(venue.book(0)).toEqual({ bids: [], asks: [] });
    venue.print(0, PRINT, 10);
    venue.submit(0, 0, ticket("mine", 1, "limit", 100, 9950));
    expect(venue.cancel(0, 1, "mine")).toBe(false);
    expect(venue.cancel(0, 0, "mine")).toBe(true);
    while (venue.working > 0) venue.arriveNext();
    expect(venue.outbox.map(({ event }) => event.kind)).toEqual(["order-canceled"]);
  });
});
