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
  "model.bad-account": { act: "input", meaning: "An account setting is missing or out of range." },
} as const satisfies Record<string, ErrorMeaning>;

export type ErrorCode = keyof typeof codes;
export const ERROR_CODES: Readonly<Record<ErrorCode, ErrorMeaning>> = codes;
