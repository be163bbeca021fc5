import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { F } from "../../../../../lib/data/ingest/capture/fields.ts";
import { LEVELS, Message, NAME } from "../../../../../lib/data/ingest/capture/message.ts";
import { parseMessage } from "../../../../../lib/data/ingest/capture/parse-message.ts";
import { Scanner } from "../../../../../lib/data/ingest/capture/scan-message.ts";
import { messages, spaced } from "./messages.ts";

/** What a message says, field by field. */
function contentOf(message: Message): unknown[] {
  return Array.from(message.kinds, (kind, field) => {
    if (field === F.data || kind === 0) return undefined;
    if (kind === NAME) return message.names[field];
    if (kind !== LEVELS) return [kind, kind === 5 ? undefined : message.numbers[field]];
    const [from, to] = [message.numbers[field]!, message.ends[field]!];
    return [
      message.prices.slice(from, to),
      message.quantities.slice(from, to),
      message.sides.slice(from, to),
    ];
  });
}

const scanner = new Scanner();
const scanned = new Message();
const parsed = new Message();

/** Scans bytes among others; if the scanner takes them, JSON.parse must say the same. @returns whether it did. */
function agrees(text: Buffer): boolean {
  const bytes = Buffer.concat([Buffer.from('7 {"'), text, Buffer.from('"}9')]);
  if (!scanner.scan(bytes, 4, bytes.length - 3, scanned)) return false;
  expect(parseMessage(text.toString("utf8"), parsed)).toBe(true);
  expect(contentOf(scanned)).toEqual(contentOf(parsed));
  return true;
}

const spaces = fc.infiniteStream(fc.constantFrom("", "", "", " ", "\t", "  ", "\r"));

describe("the scanner of messages", () => {
  it("reads what JSON.parse reads, or leaves it to it", () => {
    let count = 0;
    fc.assert(
      fc.property(messages, spaces, (message, space) => {
        const text = spaced(message, () => space.next().value);
        if (agrees(Buffer.from(text))) count++;
      }),
      { numRuns: 4000 },
    );
    // It must not be right by giving up: of all these, many unsound, it takes a fair part.
    expect(count).toBeGreaterThan(500);
  });

  it("takes no damaged text that JSON.parse refuses", () => {
    fc.assert(
      fc.property(
        messages,
        spaces,
        fc.array(
          fc.tuple(fc.nat(), fc.oneof(fc.nat(255), fc.constantFrom(...Buffer.from('{}[],:"0-.e\\ ')))),
        ),
        fc.constantFrom("replace", "delete", "insert", "cut"),
        (message, space, damages, how) => {
          const bytes = [...Buffer.from(spaced(message, () => space.next().value))];
          for (const [place, byte] of damages.slice(0, 2)) {
            const at = place % (bytes.length + 1);
            if (how === "cut") bytes.splice(at);
            else bytes.splice(at, how === "insert" ? 0 : 1, ...(how === "delete" ? [] : [byte]));
          }
          agrees(Buffer.from(bytes));
        },
      ),
      { numRuns: 6000 },
    );
  });

  it("takes the messages of every venue without help", () => {
    const sound = [
      '{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1723161255208,"s":"BTCUSDT","U":50093239189,"u":50093239202,"b":[["61737.63000000","0.00000000"]],"a":[]}}',
      '{"e":"bookTicker","u":1,"s":"BTCUSD_PERP","ps":"BTCUSD","b":"61804.7","B":"35","a":"61804.8","A":"1645","T":1723161257465,"E":1723161257476}',
      '{"e":"trade","E":1,"s":"BTCUSDT","t":3735683259,"p":"61837.63000000","q":"0.02000000","T":1723161255342,"m":true,"M":true}',
      '{"type":"l2update","product_id":"SKL-BTC","changes":[["sell","0.00001306","660.5"]],"time":"2021-04-17T16:43:37.075687Z"}',
      '{"topic":"orderbook.500.XRPUSDT","type":"delta","ts":1733011200693,"data":{"s":"XRPUSDT","b":[["1.9531","6198"]],"a":[],"u":20254918,"seq":130020252664},"cts":1733011205488}',
    ];
    for (const text of sound) expect(agrees(Buffer.from(text)), text).toBe(true);
  });
});
