import { parseUnits } from "#core";
import type { Account, AssetUnits, Instrument } from "#model";
import type { VenueOrder } from "./venue-order.ts";

/** Free and held back for orders, in the assets' smallest units. */
export interface Balance {
  readonly free: AssetUnits;
  readonly locked: AssetUnits;
}

export interface Funds {
  readonly quote: Balance;
  /** By instrument. */
  readonly base: readonly Balance[];
}

/** What one account has free. Counted apart from the engine, as a venue does. */
export class Ledger {
  quote: AssetUnits;
  readonly base: AssetUnits[];

  constructor({ capital }: Account, instruments: readonly Instrument[]) {
    this.quote = parseUnits(capital, instruments[0]!.assetDecimals);
    this.base = instruments.map(() => 0n);
  }

  /** Moves funds from free to an order, or back with a negative amount. */
  take({ ticket: { side, instrument } }: VenueOrder, units: AssetUnits): void {
    if (side > 0) this.quote -= units;
    else this.base[instrument] = this.base[instrument]! - units;
  }

  /** @param working orders of this account that have not ended. */
  funds(working: Iterable<VenueOrder>): Funds {
    const quote = { free: this.quote, locked: 0n };
    const base = this.base.map((free) => ({ free, locked: 0n }));
    for (const { ticket, locked } of working) {
      const balance = ticket.side > 0 ? quote : base[ticket.instrument]!;
      balance.locked += locked;
    }
    return { quote, base };
  }
}
