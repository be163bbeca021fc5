import type { ErrorMeaning } from "./meaning.ts";

/** Headless runs, the queue, the scheduler and their store. */
export const platformCodes = {
  // runner
  "runner.bad-template": {
    act: "input",
    meaning: "A path names a parameter that has no value, or its braces do not match.",
  },

  // cli
  "cli.not-built": {
    act: "input",
    meaning: "The JupyterLab extension could not be built in this clone.",
    hint: "Its words stand above. It needs the npm registry the first time: node kernel/lab/build.mjs.",
  },
  "cli.interrupted": {
    act: "input",
    meaning: "A command was interrupted; what it had begun was undone.",
  },
  "cli.foreign-kernel": {
    act: "input",
    meaning: "A kernel that is not tickbook's stands where it would be installed.",
    hint: "Move it away, or install to another place.",
  },
  "cli.no-jupyterlab": {
    act: "input",
    meaning: "JupyterLab is not on this machine and could not be installed.",
  },
  "cli.folder-not-empty": {
    act: "input",
    meaning: "A new project is to be written to a folder that holds something.",
    hint: "Give a new folder: nothing that is there is written over.",
  },
  "cli.install-failed": { act: "transient", meaning: "npm could not install the packages of a new project." },
  "cli.bad-use": {
    act: "input",
    meaning: "The command line names a command or an option that there is not, or lacks an argument.",
    hint: "The command with --help lists what there is, with examples.",
  },
  "cli.bad-parameter-file": { act: "input", meaning: "A file of parameters cannot be read." },

  // storage
  "storage.busy": {
    act: "transient",
    meaning: "A database is held by another process for longer than is waited.",
  },
  "storage.newer-database": {
    act: "input",
    meaning: "A database was written by a later version of tickbook, which this one does not understand.",
  },

  // jobs
  "jobs.bad-url": { act: "input", meaning: "The address of the queue's Redis cannot be read." },
  "jobs.unreachable": {
    act: "transient",
    meaning: "The queue's Redis does not answer, or refuses this user.",
    hint: "Check TICKBOOK_REDIS_URL, and that Redis runs and can be reached from this machine.",
  },

  // scheduler
  "scheduler.bad-cron": { act: "input", meaning: "A time to run at cannot be read, or never comes." },
  "scheduler.bad-zone": { act: "input", meaning: "There is no such time zone." },
  "scheduler.bad-job": { act: "input", meaning: "A setting of a job makes no sense." },
  "scheduler.no-job": { act: "input", meaning: "There is no such job, or its name is not whole enough." },
  "scheduler.no-run": { act: "input", meaning: "There is no such run, or its name is not whole enough." },
  "scheduler.not-started": { act: "input", meaning: "The scheduler did not start, or ended at once." },
  "scheduler.no-redis": {
    act: "input",
    meaning: "A worker without a scheduler needs a queue that others can reach.",
  },
  "scheduler.memory-limit": {
    act: "input",
    meaning: "A run was stopped because its cells held more memory than its job allows.",
    hint: "Raise --memory if the work is real, or load less at a time.",
  },
  "scheduler.cut-short": {
    act: "transient",
    meaning: "An attempt of a run was cut short from outside, and is repeated once.",
  },
} as const satisfies Record<string, ErrorMeaning>;
