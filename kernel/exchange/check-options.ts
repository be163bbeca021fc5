import { fail, type Millis, timeText } from "#core";
import type { ExchangeOptions } from "./options.ts";
import { Tape } from "./tape.ts";

/**
 * The histories as tapes, if one exchange can replay them.
 * Errors: `exchange.bad-bars`, `exchange.bad-option`, `exchange.thin-bar`.
 */
export function checkOptions(options: ExchangeOptions): Tape[] {
  checkSettings(options);
  const { bars, from, to = Number.POSITIVE_INFINITY, terms } = options;
  const [first] = bars;
  if (!first) bad("there is nothing to replay: no bars were given", {});
  for (const { instrument, timeframe } of bars) {
    const { symbol, quote, assetDecimals } = instrument;
    const about = { symbol, timeframe };
    if (timeframe !== first.timeframe) {
      bad(
        `the bars of ${symbol} are ${timeframe}, those of ${first.instrument.symbol} ${first.timeframe}`,
        about,
      );
    }
    if (quote !== terms.currency || assetDecimals !== first.instrument.assetDecimals) {
      bad(`${symbol} does not trade in ${terms.currency}, counted as ${first.instrument.symbol} is`, about);
    }
  }
  const bases = bars.map(({ instrument }) => instrument.base);
  const twice = bases.find((base, i) => bases.indexOf(base) !== i);
  if (twice !== undefined) bad(`${twice} is there twice`, { base: twice });
  const tapes = bars.map((history) => new Tape(history, from, to));
  checkGrid(tapes, options);
  return tapes;
}

/** Bars that close together must start together: else prints would have no order. */
function checkGrid(
  tapes: readonly Tape[],
  { bars, from, to = Number.POSITIVE_INFINITY }: ExchangeOptions,
): void {
  const start = Math.min(...tapes.map(({ nextStart }) => nextStart));
  if (!Number.isFinite(start)) {
    const symbols = tapes.map(({ instrument }) => instrument.symbol).join(", ");
    const history = bars[0]!.time;
    const span = `${timeText(history[0] ?? Number.NaN)} to ${timeText(history.at(-1) ?? Number.NaN)}`;
    fail("exchange.bad-bars", {
      message: `${symbols} has no bar to replay from ${timeText(from)} on`,
      hint: `The data holds ${span}.`,
      fields: { from, to },
    });
  }
  for (const { instrument, timeframeMs, time } of bars) {
    const isOff = (at: Millis) => at >= from && at < to && (at - start) % timeframeMs !== 0;
    const off = time.find(isOff);
    if (off !== undefined) {
      bad(`the bar of ${instrument.symbol} at ${timeText(off)} starts between those of the others`, {
        time: off,
      });
    }
  }
}

function checkSettings({ pace, keys, jitter }: ExchangeOptions): void {
  const refuse = (message: string, fields: Record<string, unknown>) =>
    fail("exchange.bad-option", { message, fields });
  const isPaced = pace.kind === "paced" || pace.speed !== undefined;
  if (isPaced && !(pace.speed! > 0 && Number.isFinite(pace.speed))) {
    refuse(`the speed is ${pace.speed}: replay time over wall time, above 0`, { speed: pace.speed });
  }
  if (jitter && !(jitter.ms >= 0 && jitter.ms <= 60_000)) {
    refuse(`the jitter is ${jitter.ms} ms: 0 to 60,000`, { ms: jitter.ms });
  }
  const names = keys.map(({ apiKey }) => apiKey);
  if (names.length === 0 || new Set(names).size !== names.length) {
    refuse("the exchange needs keys, each of its own account", { keys: names.length });
  }
  if (!keys.every(({ apiKey, secret }) => /^[\w-]{1,128}$/.test(apiKey) && secret.length > 0)) {
    refuse("an API key has 1 to 128 letters, digits, _ and -, and a secret", {});
  }
}

function bad(message: string, fields: Record<string, unknown>): never {
  fail("exchange.bad-bars", {
    message,
    hint: "All instruments of an exchange need the same timeframe, quote asset and grid of times.",
    fields,
  });
}
