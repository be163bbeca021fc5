import type { ErrorMeaning } from "./meaning.ts";

/** What a strategy and its engine are made of. */
export const tradingCodes = {
  // core
  "core.bug": {
    act: "bug",
    meaning: "Something that the code relies on does not hold.",
    hint: "This is a bug in tickbook. Please report it with the lines above.",
  },
  "core.bad-decimal": {
    act: "input",
    meaning: "A text is not a plain decimal number, or has too many digits.",
  },
  "core.bad-time": { act: "input", meaning: "A text is not a date or time that can be read." },
  "core.bad-timeframe": { act: "input", meaning: "A text is not a bar length such as 1m, 4h or 1d." },

  // model
  "model.bad-instrument": {
    act: "input",
    meaning: "An instrument's tick, lot or assets do not make sense together.",
  },
  "model.bad-param": {
    act: "input",
    meaning: "A parameter range is empty, or its step or bounds do not fit.",
  },
  "model.bad-limits": { act: "input", meaning: "A limit has an unknown name or is not above zero." },
  "model.bad-account": { act: "input", meaning: "An account setting is missing or out of range." },

  // storage
  "storage.unwritable": { act: "input", meaning: "A file cannot be written where asked." },
  "storage.missing": {
    act: "operator",
    meaning: "A stored object or log is not there, or cannot be read.",
  },
  "storage.damaged": {
    act: "operator",
    meaning: "A stored object, run record or log is not what was written: it was changed or cut.",
  },
  "storage.unknown-record": { act: "input", meaning: "No run record has this hash." },
  "storage.ambiguous-record": { act: "input", meaning: "Several run records begin with these digits." },
  "storage.newer-record": {
    act: "input",
    meaning: "A run record was written by a later version, in a format that this one does not know.",
  },
  "storage.newer-log": {
    act: "operator",
    meaning: "A log was written by a later version, in a format that this one does not know.",
  },
  "storage.locked": {
    act: "input",
    meaning: "Another process works in the same folder, or it cannot be told that it ended.",
  },

  // wire
  "wire.bad-endpoint": { act: "input", meaning: "A text is not an address of the bus." },
  "wire.not-loopback": {
    act: "input",
    meaning: "An address of the bus is open to other machines, and nobody allowed that.",
  },
  "wire.address-in-use": { act: "input", meaning: "Another program listens on an address of the bus." },

  // engine
  "engine.bad-config": {
    act: "input",
    meaning: "The instruments and the account of an engine do not fit together.",
  },
  "engine.bad-snapshot": {
    act: "operator",
    meaning: "A snapshot is of an engine with other instruments, strategies or limits.",
  },
  "engine.short-on-cash": {
    act: "refused",
    meaning: "A signal asks for a short position on a cash account.",
    hint: "A cash account can only sell what it holds: use targets of 0 or more.",
  },
  "engine.no-mark": { act: "refused", meaning: "A signal came before the instrument had any price." },
  "engine.bad-stop": {
    act: "refused",
    meaning: "A stop lies on the wrong side of the price, or risk has no stop.",
  },
  "engine.rejected-by-venue": {
    act: "refused",
    meaning: "The venue refused an order; its target is given up.",
  },
  "risk.insufficient-cash": { act: "refused", meaning: "A buy may cost more than the cash that is free." },
  "risk.notional-exceeded": { act: "refused", meaning: "One order is worth more than maxOrderNotional." },
  "risk.position-exceeded": {
    act: "refused",
    meaning: "The position would be worth more than maxPositionNotional.",
  },
  "risk.price-band": {
    act: "refused",
    meaning: "A limit or stop price lies outside priceBandBps around the mark.",
  },
  "risk.order-rate": {
    act: "refused",
    meaning: "More than maxOrdersPerMinute orders within 60 s of engine time.",
  },
  "risk.halted": {
    act: "refused",
    meaning: "Trading is halted (daily loss or kill switch): nothing is bought.",
  },

  // venue/ccxt
  "venue.unreachable": {
    act: "transient",
    meaning: "The exchange did not answer, also after some attempts.",
    hint: "Check the network, then run the same command again.",
  },
  "venue.lost": {
    act: "transient",
    meaning:
      "The stream of an account's events broke off; it is joined again, and what it missed is asked for.",
  },
  "venue.off-step": {
    act: "operator",
    meaning: "An exchange names a price or quantity that is no multiple of the instrument's step.",
  },
  "venue.other-fee-asset": {
    act: "operator",
    meaning: "The account pays fees in another asset than those of the pair, and research did not.",
    hint: "Turn off paying fees in another asset at the exchange, then start again.",
  },
  "venue.refused": { act: "input", meaning: "The exchange answered a request with an error." },

  // venue/sim
  "venue.unsupported": {
    act: "input",
    meaning: "An account names a venue that the simulation does not know.",
  },

  // strategy
  "strategy.bad-spec": {
    act: "input",
    meaning: "A strategy's definition contradicts itself or lacks something.",
  },
  "strategy.bad-param": {
    act: "input",
    meaning: "A parameter is unknown, missing or outside its declared range.",
  },
  "strategy.bad-history": {
    act: "input",
    meaning: "A handler asks for more past bars than the strategy declares.",
  },
  "strategy.bad-signal": {
    act: "input",
    meaning: "A target or an order has no meaning, such as a weight of NaN.",
  },
  "strategy.unknown-symbol": {
    act: "input",
    meaning: "A handler reaches for an instrument that it does not trade.",
  },
  "strategy.unknown-model": {
    act: "input",
    meaning: "A handler asks a model that the strategy does not have.",
  },
  "strategy.bad-handler": { act: "input", meaning: "A handler of a strategy is async." },
  "strategy.unknown-name": {
    act: "input",
    meaning: "A handler asks for a feature or a parameter that does not exist.",
  },
  "strategy.handler-failed": { act: "input", meaning: "A handler of the strategy threw an error." },

  // features
  "features.bad-definition": { act: "input", meaning: "A feature definition breaks a rule of its format." },
  "features.bad-param": {
    act: "input",
    meaning: "A feature's parameter is unknown, out of range, or does not go with another one.",
  },
  "features.bad-feature": { act: "input", meaning: "A feature set holds something that is not a feature." },
  "features.empty-set": { act: "input", meaning: "A feature set has no feature." },
  "features.ragged-bars": { act: "input", meaning: "Columns that belong together differ in length." },
  "features.unknown-name": {
    act: "input",
    meaning: "A table was asked for a feature that it does not have.",
  },
  "features.no-row": { act: "input", meaning: "A table was asked for a row that it does not have." },
  "features.bad-snapshot": {
    act: "operator",
    meaning: "Stored feature state does not fit the features that should go on from it.",
  },

  // backtest
  "backtest.not-repeatable": {
    act: "input",
    meaning: "A strategy made other orders when the same backtest ran a second time.",
  },
  "backtest.missing-bars": {
    act: "input",
    meaning: "A backtest has no bars of an instrument, or of another length.",
  },
  "backtest.missing-series": {
    act: "input",
    meaning: "A backtest was not given the series that the strategy's features read, or others.",
  },
  "backtest.no-bars": { act: "input", meaning: "After warm-up, no bars are left in the period to trade on." },
  "backtest.bad-period": { act: "input", meaning: "A backtest is given an option that it does not have." },
  "backtest.no-params": { act: "input", meaning: "A strategy with parameters is run before they are set." },
} as const satisfies Record<string, ErrorMeaning>;
