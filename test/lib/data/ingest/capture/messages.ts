import fc from "fast-check";

/** JSON text of a value with spaces where JSON allows them, keys as given. */
export function spaced(value: unknown, space: () => string): string {
  const s = space;
  if (Array.isArray(value)) {
    const items = value.map((item) => s() + spaced(item, space) + s());
    return `[${items.length > 0 ? items.join(",") : s()}]`;
  }
  if (value instanceof Raw) return value.text;
  if (typeof value === "object" && value !== null) {
    const items = Object.entries(value).map(
      ([key, item]) => `${s()}${JSON.stringify(key)}${s()}:${s()}${spaced(item, space)}${s()}`,
    );
    return `{${items.length > 0 ? items.join(",") : s()}}`;
  }
  return JSON.stringify(value);
}

/** A number written in a way of its own. */
export class Raw {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

const digits = fc.stringMatching(/^(0|[1-9]\d{0,8})(\.\d{1,9})?$/);
const decimals = fc.oneof(
  { weight: 8, arbitrary: digits },
  fc.constantFrom("0.00000000", "-1.5", "1e-7", "2E+3", "12345678901234567.123", "00.5", "", "x", "1.", "-"),
);
const numbers = fc.oneof(
  { weight: 8, arbitrary: fc.nat().map((n) => new Raw(String(n))) },
  fc
    .constantFrom("-0", "1e12", "1.5E-3", "-7", "0.5", "1723161255208", "99999999999999999999")
    .map((text) => new Raw(text)),
);
const levels = fc.array(fc.tuple(fc.oneof({ weight: 9, arbitrary: decimals }, numbers), decimals), {
  maxLength: 5,
});
const symbols = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom("BTCUSDT", "SKL-USD") },
  fc.constantFrom("Ü", 'a"b', ""),
);
const extras = fc.dictionary(
  fc.constantFrom("ps", "X", "note", "nested", "e\u0000", "pu2"),
  fc.oneof(fc.string(), fc.boolean(), fc.constant(null), numbers, fc.constant({ deep: [1] })),
  { maxKeys: 2 },
);

const depthUpdate = fc.record(
  {
    e: fc.constant("depthUpdate"),
    E: numbers,
    T: numbers,
    s: symbols,
    U: numbers,
    u: numbers,
    pu: numbers,
    b: levels,
    a: levels,
  },
  { requiredKeys: ["e", "s"] },
);
const bookTicker = fc.record(
  {
    e: fc.constant("bookTicker"),
    u: numbers,
    s: symbols,
    b: decimals,
    B: decimals,
    a: decimals,
    A: decimals,
    E: numbers,
  },
  { requiredKeys: ["u"] },
);
const trade = fc.record(
  {
    e: fc.constantFrom("trade", "aggTrade"),
    T: numbers,
    s: symbols,
    t: numbers,
    a: numbers,
    p: decimals,
    q: decimals,
    m: fc.boolean(),
  },
  { requiredKeys: ["e"] },
);
const coinbase = fc.record(
  {
    type: fc.constantFrom("snapshot", "l2update", "ticker", "match", "last_match", "subscriptions"),
    product_id: symbols,
    changes: fc.array(fc.tuple(fc.constantFrom("buy", "sell", "other"), decimals, decimals), {
      maxLength: 4,
    }),
    bids: levels,
    asks: levels,
    time: fc.constantFrom(
      "2021-04-17T16:43:37.075687Z",
      "2021-04-17T16:43:37Z",
      "2021-13-17T16:43:37Z",
      "now",
    ),
    sequence: numbers,
    price: decimals,
    size: decimals,
    side: fc.constantFrom("buy", "sell"),
    trade_id: numbers,
    best_bid: decimals,
    best_ask: decimals,
  },
  { requiredKeys: ["type"] },
);
const bybit = fc.record({
  topic: fc.constant("orderbook.500.XRPUSDT"),
  type: fc.constantFrom("snapshot", "delta"),
  ts: numbers,
  data: fc.record({ s: symbols, b: levels, a: levels, u: numbers, seq: numbers }),
});

/** Messages of all venues, sound and unsound, their keys in any order. */
export const messages: fc.Arbitrary<Record<string, unknown>> = fc
  .tuple(
    fc.oneof(
      depthUpdate,
      bookTicker,
      trade,
      coinbase,
      bybit,
      fc.record({ lastUpdateId: numbers, bids: levels, asks: levels }),
    ),
    extras,
    fc.constantFrom("", "btcusdt@depth", "btcusdt@bookTicker"),
    fc.infiniteStream(fc.nat()),
  )
  .map(([message, extra, stream, order]) => {
    const entries = Object.entries({ ...message, ...extra }).map(
      (entry) => [order.next().value, entry] as const,
    );
    const shuffled = Object.fromEntries(entries.sort(([a], [b]) => a - b).map(([, entry]) => entry));
    return stream === "" ? shuffled : { stream, data: shuffled };
  });
