import type { ErrorMeaning } from "./meaning.ts";

/** The command line, the daemon and the exchange. */
export const liveCodes = {
  // cli
  "cli.bad-option": { act: "input", meaning: "An option of a command has a value that it cannot take." },

  // kernel/live/strategy
  "live.strategy-timeout": {
    act: "operator",
    meaning: "A strategy did not answer within its deadline; its process was ended.",
    hint: "Look for a loop without an end in the handler, or for a machine that is overloaded.",
  },
  "live.strategy-died": { act: "operator", meaning: "The process of a strategy ended by itself." },
  "live.strategy-memory": {
    act: "operator",
    meaning: "A strategy used more memory than it may; its process was ended.",
    hint: "Look for what the handler keeps from bar to bar.",
  },
  "live.strategy-bad-answer": {
    act: "operator",
    meaning: "The process of a strategy answered what no strategy may answer; it was ended.",
    hint: "Do not trade this bundle before somebody has looked at its code.",
  },

  "live.inference-failed": {
    act: "operator",
    meaning: "A model of a strategy did not predict, and the strategy does not go on without it.",
    hint: 'Run the bundle\'s backtest over these bars. To trade on without it: inference: { onFailure: "missing" }.',
  },
  "live.inference-timeout": {
    act: "operator",
    meaning: "A model of a strategy took longer for a prediction than the strategy allows.",
    hint: "Look for a machine that is overloaded, or allow more: inference: { timeoutMs }.",
  },

  "cli.child-ended": {
    act: "operator",
    meaning: "A process that a command had started ended before its time.",
  },

  // live: the daemon
  "live.queue-full": {
    act: "operator",
    meaning: "More orders and fills wait to be taken in than there is room for.",
  },
  "live.no-journal": { act: "input", meaning: "A folder is not that of a daemon's account." },
  "live.too-little-capital": {
    act: "operator",
    meaning: "The account at the venue holds less than the capital that a bundle trades with.",
  },
  "live.short-history": {
    act: "operator",
    meaning: "The venue gives fewer closed candles than a bundle warms up from.",
  },
  "live.other-terms": {
    act: "input",
    meaning: "An account's journal was begun with another bundle or other limits.",
  },
  "live.other-instrument": {
    act: "operator",
    meaning: "The venue's tick, lot or smallest order differ from those that a bundle was researched on.",
  },
  "live.no-isolation": {
    act: "operator",
    meaning: "A layer around a strategy's process that the operator demands can't be had on this machine.",
  },
  "live.bad-key-file": { act: "input", meaning: "A file does not hold an API key and its secret." },
  "live.no-account": {
    act: "input",
    meaning: "There is no account of that name, or it has no exchange's key.",
  },
  "live.account-taken": {
    act: "input",
    meaning: "An account trades something else, or this very bundle already.",
  },
  "live.not-halted": {
    act: "operator",
    meaning: "A daemon that may trade did not answer when all were to be halted.",
    hint: "End its process, withdraw its orders at the exchange, and look at tickbook live ls.",
  },
  "live.no-series": {
    act: "input",
    meaning:
      "A bundle's features read series, and the daemon was not told where they are, or does not find one.",
  },
  "live.series-unreadable": {
    act: "transient",
    meaning: "A series that a strategy starts with can't be read. It is tried again.",
  },
  "live.other-series": {
    act: "input",
    meaning: "A stored series says something else of the time of the backtest than the notebook gave it.",
  },
  "live.port-in-use": { act: "input", meaning: "Metrics cannot be served on the port that was given." },
  "live.not-running": { act: "input", meaning: "No daemon answers for an account's folder." },
  "live.bad-journal": {
    act: "operator",
    meaning: "The records of a journal do not follow from one another.",
  },

  // exchange
  "exchange.thin-bar": {
    act: "input",
    meaning: "A bar to replay does not have the volume for four trades of whole lots.",
  },
  "exchange.bad-bars": { act: "input", meaning: "The histories cannot be replayed by one exchange." },
  "exchange.bad-option": { act: "input", meaning: "A setting of the simulated exchange makes no sense." },
  "exchange.port-in-use": { act: "input", meaning: "The simulated exchange cannot listen on its port." },
} as const satisfies Record<string, ErrorMeaning>;
