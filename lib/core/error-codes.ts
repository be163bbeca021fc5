/**
 * Every error code, in the order of the rooms. `act` says who must act:
 * `bug` (us), `input` (whoever gave the value), `refused` (the strategy; trading goes on),
 * `transient` (nobody yet: it is tried again within a limit), `operator` (trading stops until a person looks).
 * A test checks that each code is used and that docs/errors.md lists it.
 */
export interface ErrorMeaning {
  readonly act: "bug" | "input" | "refused" | "transient" | "operator";
  readonly meaning: string;
  readonly hint?: string;
}

const codes = {
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
  "storage.missing": { act: "operator", meaning: "A stored object is not there, or cannot be read." },
  "storage.damaged": {
    act: "operator",
    meaning: "A stored object or run record is not what was written: it was changed or cut.",
  },
  "storage.unknown-record": { act: "input", meaning: "No run record has this hash." },
  "storage.ambiguous-record": { act: "input", meaning: "Several run records begin with these digits." },
  "storage.newer-record": {
    act: "input",
    meaning: "A run record was written by a later version, in a format that this one does not know.",
  },

  // engine
  "engine.bad-config": {
    act: "input",
    meaning: "The instruments and the account of an engine do not fit together.",
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

  // data
  "data.bad-file": {
    act: "input",
    meaning: "A data file is absent, of another format, or has a cell that can't be read.",
  },
  "data.package-missing": { act: "input", meaning: "The npm package that holds the data is not installed." },
  "data.unknown-symbol": { act: "input", meaning: "The source has no such instrument." },
  "data.bad-timeframe": {
    act: "input",
    meaning: "The source has no bars of this length, or the rows are bars of another length.",
  },
  "data.range-needed": { act: "input", meaning: "The source can only be asked for a stated range of time." },
  "data.no-rows": { act: "input", meaning: "The source has no bar in the range that was asked for." },
  "data.impossible-bar": {
    act: "input",
    meaning: "A bar has a price or volume that no market can have, such as a low above its high.",
  },
  "data.conflicting-bars": { act: "input", meaning: "Two rows give different values for the same bar." },
  "data.bad-time": {
    act: "input",
    meaning: "A bar's time is not in milliseconds, or not on a multiple of its timeframe.",
  },
  "data.rounding-too-large": {
    act: "input",
    meaning: "Rounding a price to the tick would change it by more than was allowed.",
  },
  "data.unknown-dataset": { act: "input", meaning: "The store has no such dataset." },
  "data.damaged": {
    act: "operator",
    meaning: "What the store holds is not what was written: a file was changed, cut or lost.",
  },
  "data.store-unusable": { act: "input", meaning: "The store's folder can't be made, read or written." },

  // venue/ccxt
  "venue.unreachable": {
    act: "transient",
    meaning: "The exchange did not answer, also after some attempts.",
    hint: "Check the network, then run the same command again.",
  },
  "venue.refused": { act: "input", meaning: "The exchange answered a request with an error." },

  // optimize
  "optimize.unknown-objective": {
    act: "input",
    meaning: "A study is asked to maximise something that has no name here.",
  },
  "optimize.bad-setting": { act: "input", meaning: "A setting of the search makes no sense." },
  "optimize.no-result": { act: "input", meaning: "No trial of the search gave a finite value." },

  // venue/sim
  "venue.unsupported": {
    act: "input",
    meaning: "An account names a venue that the simulation does not know.",
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
  "backtest.no-bars": { act: "input", meaning: "After warm-up, no bars are left in the period to trade on." },
  "backtest.bad-period": { act: "input", meaning: "A backtest is given an option that it does not have." },
  "backtest.no-params": { act: "input", meaning: "A strategy with parameters is run before they are set." },

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

  // notebook
  "notebook.not-json": { act: "input", meaning: "A notebook file is empty or not JSON." },
  "notebook.not-a-notebook": {
    act: "input",
    meaning: "A JSON file does not have the parts that a notebook has, or one of them has the wrong type.",
  },
  "notebook.unsupported-version": { act: "input", meaning: "A notebook is not of format 4." },
  "notebook.syntax-error": { act: "input", meaning: "A cell or a local module is not valid TypeScript." },

  // session
  "session.module-not-found": {
    act: "input",
    meaning: "A cell imports a package or a file that is not there.",
  },
  "session.missing-export": {
    act: "input",
    meaning: "A cell imports a name that the module does not export.",
  },
  "session.stuck": {
    act: "input",
    meaning: "A cell waits for a promise that nothing will ever settle.",
    hint: "Look for a promise whose resolve is never called, or a stream that never ends.",
  },

  // session: freeze
  "freeze.bad-value": { act: "input", meaning: "A value to freeze has a part that is not plain data." },
  "freeze.misplaced": {
    act: "input",
    meaning: "freeze stands elsewhere than as the whole initialiser of a top-level const of a cell.",
    hint: "Give the value its own line at the top level of a cell: const best = freeze(study.best.params);",
  },
  "freeze.changed-after": {
    act: "input",
    meaning: "A typed array inside a frozen value was written to after it was frozen.",
    hint: "Work on a copy: array.slice(). What is frozen goes live as it was when it was frozen.",
  },

  // runner
  "runner.no-notebook": { act: "input", meaning: "The notebook to run cannot be read." },
  "runner.no-folder": { act: "input", meaning: "The folder to run the cells in does not exist." },
  "runner.unknown-parameter": {
    act: "input",
    meaning: "A value is given for a parameter that the notebook does not declare.",
  },
  "runner.bad-parameter": {
    act: "input",
    meaning: "A value does not fit the declared type of its parameter.",
  },
  "runner.timed-out": {
    act: "input",
    meaning: "A run took longer than its time limit and was stopped.",
    hint: "Raise the limit if the work is real; the named cell was running.",
  },
  "runner.interrupted": { act: "input", meaning: "A run was stopped by its user." },
  "runner.kernel-died": {
    act: "input",
    meaning: "The process that ran the cells ended before the run did: killed, out of memory, or crashed.",
    hint: "Its last words are in the cell's output. Out of memory: load less, or raise NODE_OPTIONS=--max-old-space-size.",
  },

  // ml
  "ml.bad-option": { act: "input", meaning: "An option of labels or training is out of range." },
  "ml.ragged-rows": { act: "input", meaning: "Columns or labels do not belong to the same rows." },
  "ml.empty-dataset": { act: "input", meaning: "No row is left to learn from." },
  "ml.bad-target": { act: "input", meaning: "The labels are not two classes that both occur." },
  "ml.extreme-feature": { act: "input", meaning: "A feature's values are too large to be scaled." },
  "ml.no-backend": { act: "input", meaning: "The library that trains does not start on the wanted backend." },
  "ml.diverged": { act: "input", meaning: "Training ended in numbers that are not finite." },
  "ml.bad-model": { act: "input", meaning: "A file is not an ONNX model that can be loaded." },
  "ml.contract-mismatch": {
    act: "input",
    meaning: "A model's inputs or outputs are not those that its contract lists.",
  },

  // exports
  "exports.contract-mismatch": {
    act: "input",
    meaning: "A model is exported with features other than those it was trained on.",
  },
  "exports.parity-failed": {
    act: "input",
    meaning: "The exported model's predictions differ from the trainer's by more than the limit.",
  },

  // exports/strategy
  "promote.no-export": { act: "input", meaning: "A run exports no strategy, or none of the wanted name." },
  "promote.several-exports": {
    act: "input",
    meaning: "A run exports several constants, so that it is not clear which one goes live.",
  },
  "promote.assigned-twice": {
    act: "input",
    meaning: "What a strategy uses is assigned to after it was declared.",
  },
  "promote.redeclared": { act: "input", meaning: "What a strategy uses is declared in two cells." },
  "promote.written-through": {
    act: "input",
    meaning: "An object that a strategy uses is changed after it was declared.",
  },
  "promote.outer-write": {
    act: "input",
    meaning: "A strategy keeps memory outside ctx.state and ctx.shared, where a restart would lose it.",
  },
  "promote.await": { act: "input", meaning: "A strategy waits: it can only compute." },
  "promote.clock": { act: "input", meaning: "A strategy reads a clock other than ctx.now." },
  "promote.random": { act: "input", meaning: "A strategy draws random numbers other than from ctx.random." },
  "promote.timer": { act: "input", meaning: "A strategy starts a timer." },
  "promote.dynamic-code": { act: "input", meaning: "A strategy makes or loads code while it runs." },
  "promote.outside": {
    act: "input",
    meaning: "A strategy reaches for the process, the network or the screen.",
  },
  "promote.research-name": {
    act: "input",
    meaning: "A strategy uses a function of tickbook that is for research only.",
  },
  "promote.research-value": {
    act: "input",
    meaning: "A strategy uses a value that research computed and that is not frozen.",
  },
  "promote.not-stored": {
    act: "input",
    meaning: "A strategy imports a local file that the run did not load.",
  },
  "promote.module-changed": {
    act: "input",
    meaning: "A local module that a strategy uses changed while the notebook ran.",
  },
  "promote.built-in-module": { act: "input", meaning: "A strategy imports a module of Node." },
  "promote.bad-declaration": {
    act: "input",
    meaning: "What a strategy uses is declared where it cannot be taken out alone.",
  },
  "promote.unknown-name": {
    act: "input",
    meaning: "A strategy uses a name that no cell declares and that is no part of the language.",
  },
  "promote.type-error": { act: "input", meaning: "The types of what a strategy is made of do not fit." },

  // exports: promotion
  "promote.impure-package": {
    act: "input",
    meaning:
      "A strategy reaches something that cannot go into a bundle: a built-in, native or missing package.",
  },
  "promote.changed-package": {
    act: "input",
    meaning: "A package that a strategy uses has another version now than when the notebook ran.",
    hint: "Install the version that the run used, or run the notebook again.",
  },
  "promote.link-failed": {
    act: "input",
    meaning: "The sliced strategy cannot be put together to one script.",
  },
  "promote.not-a-strategy": { act: "input", meaning: "What a notebook exports is not a strategy." },
  "promote.no-backtest": {
    act: "input",
    meaning:
      "The run has no backtest of the exported strategy with its parameters to hold the bundle against.",
    hint: "Backtest the exported strategy itself in the notebook: await backtest(live, history).",
  },
  "promote.other-strategy": {
    act: "input",
    meaning: "The bundle's strategy is not the one that the notebook backtested.",
  },
  "promote.other-engine": {
    act: "input",
    meaning: "The notebook ran on another version of tickbook's engine.",
    hint: "Run the notebook again with this tickbook, then promote that run.",
  },
  "promote.no-run": {
    act: "input",
    meaning: "There is no run record to promote.",
    hint: "Run the notebook first: tickbook run <notebook>.",
  },
  "promote.changed-notebook": {
    act: "input",
    meaning: "A code cell of the notebook is not what the run executed.",
    hint: "Run the notebook again, or promote without --notebook to take the run as it was.",
  },
  "bundle.not-a-bundle": {
    act: "input",
    meaning: "A folder has no manifest of a strategy bundle that can be read.",
  },
  "bundle.newer-format": {
    act: "input",
    meaning: "A bundle was written in a format that this tickbook does not read.",
    hint: "Update tickbook, or promote again with this one.",
  },
  "bundle.bad-signature": {
    act: "operator",
    meaning: "A bundle's signature does not fit its manifest: either was changed, or damaged.",
    hint: "Do not trade it. Promote again, or copy the bundle again from where it was made.",
  },
  "bundle.untrusted-key": { act: "operator", meaning: "A bundle is signed with a key that is not trusted." },
  "bundle.changed-file": {
    act: "operator",
    meaning: "A file of a bundle is missing, was changed, or does not belong to it.",
    hint: "Do not trade it. Promote again, or copy the bundle again from where it was made.",
  },
  "bundle.script-failed": {
    act: "input",
    meaning: "A bundle's script failed, or gave an answer that it may not give.",
  },
  "bundle.not-started": { act: "bug", meaning: "A bundle's strategy was fed before it was started." },
  "bundle.bad-memory": {
    act: "input",
    meaning: "A strategy remembers something that does not survive a restart.",
  },
  "bundle.golden-mismatch": {
    act: "operator",
    meaning: "A bundle computes or decides otherwise than the notebook's backtest did.",
  },
  "keys.missing": {
    act: "input",
    meaning: "A project has no signing key yet.",
    hint: "The first tickbook promote makes one.",
  },
  "keys.damaged": { act: "operator", meaning: "A key file is not what tickbook wrote." },
  "keys.exposed": {
    act: "operator",
    meaning: "Others than its owner may read or change a key file or its folder.",
  },
  "keys.unwritable": { act: "input", meaning: "A key file cannot be written." },

  // cli
  "cli.bad-option": { act: "input", meaning: "An option of a command has a value that it cannot take." },
} as const satisfies Record<string, ErrorMeaning>;

export type ErrorCode = keyof typeof codes;
export const ERROR_CODES: Readonly<Record<ErrorCode, ErrorMeaning>> = codes;
