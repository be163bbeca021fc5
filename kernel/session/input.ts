import { fail } from "#core";

export interface InputRequest {
  readonly prompt: string;
  /** What is typed must not be shown. */
  readonly isPassword: boolean;
}

/** Asks the user; blocks the thread until the answer is there. */
export type AskInput = (request: InputRequest) => string;

/** The global `prompt` of a notebook. */
export interface Prompt {
  /** Asks for a line of text. @param fallback is the answer when the user gives none. */
  (text?: string, fallback?: string): string;
  /** Asks without showing what is typed. */
  password(text?: string): string;
}

/** The globals by which cells ask their user. They return the answer, not a promise. Errors: `session.no-input`. */
export function createInput(ask: AskInput = failNobody): {
  readonly prompt: Prompt;
  readonly confirm: (text?: string) => boolean;
} {
  const prompt = (text = "", fallback?: string) => {
    const shown = fallback === undefined ? String(text) : `${text} [${fallback}] `;
    const answer = ask({ prompt: shown, isPassword: false });
    return answer === "" && fallback !== undefined ? fallback : answer;
  };
  return {
    prompt: Object.assign(prompt, {
      password: (text = "") => ask({ prompt: String(text), isPassword: true }),
    }),
    confirm: (text = "") => /^\s*y(es)?\s*$/i.test(ask({ prompt: `${text} [y/N] `, isPassword: false })),
  };
}

function failNobody({ prompt }: InputRequest): never {
  fail("session.no-input", { message: `nobody is there to answer "${prompt.trim()}"`, fields: { prompt } });
}
