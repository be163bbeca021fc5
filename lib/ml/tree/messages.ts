import { type ErrorCode, fail, isTickbookError } from "#core";
import type { TreeFit } from "./measure.ts";

/** What a thread that trains tells. */
export type TrainingMessage =
  | { readonly kind: "round"; readonly round: number; readonly loss: number }
  | { readonly kind: "done"; readonly fit: TreeFit }
  | {
      readonly kind: "failed";
      readonly code: ErrorCode;
      readonly message: string;
      readonly hint: string | undefined;
      readonly fields: Readonly<Record<string, unknown>>;
    };

/** An error as it goes from thread to thread: a class would not survive. */
export function failureFrom(error: unknown): TrainingMessage {
  if (isTickbookError(error)) {
    const { code, message, hint, fields } = error;
    return { kind: "failed", code, message, hint, fields };
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { kind: "failed", code: "core.bug", message, hint: undefined, fields: {} };
}

export function failAgain({
  code,
  message,
  hint,
  fields,
}: Extract<TrainingMessage, { kind: "failed" }>): never {
  return fail(code, { message, ...(hint === undefined ? {} : { hint }), fields });
}
