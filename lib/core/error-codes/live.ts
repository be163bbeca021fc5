import type { ErrorMeaning } from "./meaning.ts";

/** The command line, the daemon and the exchange. */
export const liveCodes = {
  // cli
  "cli.bad-option": { act: "input", meaning: "An option of a command has a value that it cannot take." },
} as const satisfies Record<string, ErrorMeaning>;
