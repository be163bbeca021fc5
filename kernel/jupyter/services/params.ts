import { isAbsolute } from "node:path";
import { fail } from "#core";
import type { Call } from "./lab-target.ts";

/** A parameter of a request that must be a text, and no option of a command. Errors: `jupyter.bad-params`. */
export function textParam({ params }: Pick<Call, "params">, name: string): string {
  const value = params[name];
  const isText = typeof value === "string" && value !== "" && !value.startsWith("-") && !value.includes("\0");
  return isText ? value : bad(name, "a text that does not begin with -", value);
}

/** The path of a notebook, from the kernel's root. Errors: `jupyter.bad-params`. */
export function notebookParam({ params }: Pick<Call, "params">): string {
  const { notebook } = params;
  const isPath = typeof notebook === "string" && notebook.endsWith(".ipynb") && !notebook.includes("\0");
  if (!isPath) return bad("notebook", "the path of a notebook", notebook);
  // A name may begin like an option.
  return isAbsolute(notebook) ? notebook : `./${notebook}`;
}

/** The name of an account, which is that of its folder. Errors: `jupyter.bad-params`. */
export function accountParam({ params }: Pick<Call, "params">): string {
  const { account } = params;
  const isName = typeof account === "string" && /^\w[\w-]*$/.test(account);
  return isName ? account : bad("account", "the name of an account", account);
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
