import type { ErrorMeaning } from "./meaning.ts";

/** From a run to a bundle. */
export const promotionCodes = {
  // exports
  "exports.contract-mismatch": {
    act: "input",
    meaning: "A model is exported with features other than those it was trained on.",
  },
  "exports.tree-too-large": {
    act: "input",
    meaning: "A tree has more nodes than an ONNX file may have here, its sets of categories written out.",
  },
  "exports.parity-failed": {
    act: "input",
    meaning: "The exported model's predictions differ from the trainer's by more than the limit.",
  },

  "exports.bad-option": {
    act: "input",
    meaning:
      "An option of an export or import names an output that the model has not, or does not fit its rows.",
  },
  "exports.bad-model": { act: "input", meaning: "A file that is to be imported is not an ONNX model." },

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
  "promote.not-reviewed": {
    act: "input",
    meaning: "A run is to be promoted that was not checked in this session.",
    hint: "Check it first: nothing is signed that nobody has looked at.",
  },
  "promote.differs-from-session": {
    act: "input",
    meaning:
      "Frozen values of the re-run are not those that the open session holds, and nobody has accepted them.",
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
  "bundle.other-engine": {
    act: "operator",
    meaning: "This engine would make other orders of a bundle's signals than the notebook's did.",
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
} as const satisfies Record<string, ErrorMeaning>;
