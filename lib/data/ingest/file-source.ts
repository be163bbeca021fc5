import { fail, type Millis, suggest } from "#core";
import {
  type CandleSource,
  createInstrument,
  type Instrument,
  type InstrumentSpec,
  type RawCandle,
} from "#model";

export interface FileSourceOptions {
  /** Name of the source in the store. */
  readonly name: string;
  /** The one instrument that the file holds. */
  readonly spec: InstrumentSpec;
  /** The one timeframe of the file, where it is known. */
  readonly timeframe?: string;
  /** All candles of the file. */
  read(): AsyncIterable<readonly RawCandle[]>;
  close?(): Promise<void>;
}

/** A source of one instrument whose candles come from one place, in one pass. */
export function createFileSource(options: FileSourceOptions): CandleSource {
  const { name, spec, read } = options;
  return {
    name,
    async instrument(symbol) {
      return symbol === spec.symbol ? createInstrument(spec) : unknownSymbol(name, symbol, [spec.symbol]);
    },
    async *candles({ instrument, timeframe, from = -Infinity, to = Infinity }) {
      refuseOther(options, instrument, timeframe);
      for await (const batch of read()) {
        const wanted = batch.filter(([time]) => isWanted(time, from, to));
        if (wanted.length > 0) yield wanted;
      }
    },
    close: options.close ?? (async () => {}),
  };
}

/** A time that is no number passes: the checks refuse it with its row. */
function isWanted(time: Millis, from: Millis, to: Millis): boolean {
  return !(time < from || time >= to);
}

function refuseOther(
  { name, spec, timeframe: own }: FileSourceOptions,
  instrument: Instrument,
  timeframe: string,
) {
  if (instrument.symbol !== spec.symbol) unknownSymbol(name, instrument.symbol, [spec.symbol]);
  if (own === undefined || timeframe === own) return;
  fail("data.bad-timeframe", {
    message: `${name} has ${own} bars of ${spec.symbol}, not ${timeframe}`,
    hint: `Ask for ${own}.`,
    fields: { source: name, timeframe, available: [own] },
  });
}

/** Stops because a source does not have a symbol; names what it has. */
export function unknownSymbol(source: string, symbol: string, symbols: readonly string[]): never {
  const close = suggest(symbol, symbols);
  const some = symbols.slice(0, 10).join(", ");
  fail("data.unknown-symbol", {
    message: `${source} has no ${symbol}${close ? `; did you mean ${close}?` : ""}`,
    hint: `It has ${some}${symbols.length > 10 ? ` and ${symbols.length - 10} more` : ""}.`,
    fields: { source, symbol, suggestion: close },
  });
}
