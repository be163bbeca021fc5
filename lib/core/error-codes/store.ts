import type { ErrorMeaning } from "./meaning.ts";

/** The store of datasets, and its tables in a notebook. */
export const storeCodes = {
  "data.conflicting-rows": {
    act: "input",
    meaning:
      "Two tellings of one trade, funding or value differ, or two sources stamp the same row differently.",
  },
  "data.bad-name": {
    act: "input",
    meaning: "A dataset is asked for by an empty name, or one that is no text.",
  },
  "data.old-layout": {
    act: "input",
    meaning: "A dataset was stored by a tickbook that laid its files out differently.",
  },
  "data.newer-schema": {
    act: "input",
    meaning: "A dataset was stored in a schema that this tickbook does not know.",
  },
  "data.bad-query": {
    act: "input",
    meaning:
      "An SQL query is not one SELECT, is not valid, or names what the store does not have; or stored data is read with an option that there is not.",
  },
  "session.package-missing": {
    act: "input",
    meaning: "A conversion needs an npm package that is not installed where the notebook stands.",
  },
  "session.no-columns": {
    act: "input",
    meaning: "A value that should be a table has no columns of equal length.",
  },
} as const satisfies Record<string, ErrorMeaning>;
