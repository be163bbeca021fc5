import type { ErrorMeaning } from "./meaning.ts";

/** Data, notebooks, training, searches. */
export const researchCodes = {
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

  // features
  "features.late-bar": {
    act: "input",
    meaning:
      "A feature stream is given a bar or value that is not later than what it has, and may not be corrected.",
  },
  "features.missing-input": {
    act: "input",
    meaning: "A feature reads an instrument or a series that was not given, or one is given that none reads.",
  },
  "features.bad-bars": {
    act: "input",
    meaning:
      "Bars go back in time or have no time, or bars off the grid are to be made longer for another instrument.",
  },
  "features.bad-probe": {
    act: "input",
    meaning:
      "A probe is given too little history, or a computation that does not give one column a feature or is another each time.",
  },
  "features.bad-source": {
    act: "input",
    meaning:
      "A feature is told to read something that is neither a feature, a column of the bar nor a series, or to run where it cannot.",
  },
  "features.bad-series": {
    act: "input",
    meaning:
      "A series has a row without a date or publication, or a transform of series is asked for what it can't do.",
  },
  "features.bad-prepare": {
    act: "input",
    meaning:
      "Pre-processing is asked for a step that makes no sense, has nothing to learn from, or was fitted on other features.",
  },

  // exports
  "exports.unsupported-layer": {
    act: "input",
    meaning:
      "A network has a layer, or a setting of a layer, that cannot be written as ONNX. Nothing was written.",
  },

  // optimize
  "optimize.unknown-objective": {
    act: "input",
    meaning: "A study is asked to maximise something that has no name here.",
  },
  "optimize.bad-setting": { act: "input", meaning: "A setting of the search makes no sense." },
  "optimize.no-result": { act: "input", meaning: "No trial of the search gave a finite value." },

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

  "session.interrupted": { act: "input", meaning: "A cell was stopped by its user." },
  "session.no-input": {
    act: "input",
    meaning: "A cell asks the user something where nobody can answer.",
    hint: "In a run without a user, set the value in the cell tagged parameters instead.",
  },
  "session.no-folder": {
    act: "input",
    meaning: "The folder that a kernel or a run was started in is gone.",
    hint: "Put it back, and restart the kernel.",
  },
  "session.reserved-name": {
    act: "input",
    meaning: "A cell declares a name of JavaScript itself that the process cannot do without.",
  },
  "session.bad-comm": { act: "input", meaning: "A comm is used in a way that it does not allow." },

  // jupyter
  "jupyter.bad-connection-file": {
    act: "input",
    meaning: "The file that tells a kernel where to listen cannot be read or makes no sense.",
    hint: "Jupyter writes it. Start the kernel from JupyterLab, not by hand.",
  },
  "jupyter.command-failed": {
    act: "input",
    meaning:
      "A command that JupyterLab asked for ended without an answer; its last words stand in the message.",
  },
  "jupyter.bad-params": {
    act: "input",
    meaning: "JupyterLab asked for something with a parameter of the wrong kind.",
  },
  "jupyter.unknown-method": {
    act: "input",
    meaning: "JupyterLab asked for something that this kernel does not offer.",
    hint: "Install the extension that belongs to this tickbook: tickbook jupyter install.",
  },
  "jupyter.bad-request": {
    act: "input",
    meaning: "A front end sent a request that lacks a part, or has one of another type.",
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
  "runner.other-language": {
    act: "input",
    meaning: "The notebook is written for a kernel of another language.",
    hint: "tickbook runs TypeScript and JavaScript. If this is TypeScript, choose the tickbook kernel in JupyterLab and save.",
  },
  "runner.same-file": {
    act: "input",
    meaning: "The report would be written over the notebook.",
    hint: "Give --html a path of its own.",
  },
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
  "ml.unknown-model": { act: "input", meaning: "The registry has no such model, version or stage." },
  "ml.too-few-rows": { act: "input", meaning: "A split is asked for of which a part would be empty." },
  "ml.bad-target": {
    act: "input",
    meaning: "The labels are not what is to be learnt: classes of which two occur, or finite numbers.",
  },
  "ml.extreme-feature": { act: "input", meaning: "A feature's values are too large to be scaled." },
  "ml.no-backend": { act: "input", meaning: "The library that trains does not start on the wanted backend." },
  "ml.missing-value": {
    act: "input",
    meaning: "A feature has rows without a value, and the model that is to learn them cannot take that.",
  },
  "ml.interrupted": { act: "input", meaning: "A training was stopped before there was anything to keep." },
  "ml.bad-checkpoint": { act: "input", meaning: "A file is not a checkpoint of a training, or is damaged." },
  "ml.other-checkpoint": { act: "input", meaning: "A checkpoint belongs to another training." },
  "ml.unsupported-layer": {
    act: "input",
    meaning: "A layer of a network cannot be trained here, or not be told as plain data.",
  },
  "ml.bad-network": {
    act: "input",
    meaning: "A network's layers do not fit together, or it does not fit the data or the objective.",
  },
  "ml.diverged": { act: "input", meaning: "Training ended in numbers that are not finite." },
  "ml.bad-category": {
    act: "input",
    meaning: "A categorical feature has a value that is not a whole number from 0 to 254.",
  },
  "ml.worker-lost": {
    act: "input",
    meaning: "A thread that trains ended before its work was done, mostly because memory ran out.",
  },
  "ml.no-xgboost": {
    act: "input",
    meaning: "XGBoost is asked for, and is not installed or cannot be loaded.",
  },
  "ml.xgboost-failed": { act: "input", meaning: "XGBoost refused what it was given, or failed." },
  "ml.bad-model": { act: "input", meaning: "A file is not an ONNX model that can be loaded." },
  "ml.golden-mismatch": {
    act: "operator",
    meaning: "A model's file does not predict on this machine what it predicted where it was exported.",
  },
  "ml.contract-mismatch": {
    act: "input",
    meaning: "A model's inputs or outputs are not those that its contract lists.",
  },
} as const satisfies Record<string, ErrorMeaning>;
