import { fail } from "#core";
import type { Call } from "./lab-target.ts";

/** A parameter of a request that must be a text. Errors: `jupyter.bad-params`. */
export function textParam({ params }: Pick<Call, "params">, name: string): string {
  const value = params[name];
  return typeof value === "string" && value !== "" ? value : bad(name, "a text", value);
}

/** A parameter of a request that must be a number. Errors: `jupyter.bad-params`. */
export function numberParam({ params }: Pick<Call, "params">, name: string): number {
  const value = params[name];
  return typeof value === "number" && Number.isFinite(value) ? value : bad(name, "a number", value);
}

function bad(name: string, wanted: string, value: unknown): never {
  return fail("jupyter.bad-params", {
    message: `${name} must be ${wanted}, and is ${JSON.stringify(value) ?? "missing"}`,
    fields: { name },
  });
}
