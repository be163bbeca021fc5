import { objectLiteralStart } from "./transform-cell.ts";
import type { Vendors } from "./vendors.ts";

/** Whether code can run as it stands, is only begun, or is wrong however it goes on. */
export type Completeness = "complete" | "incomplete" | "invalid";

/** Code is only begun if what is wrong with it is where it ends. */
export function completenessOf(vendors: Vendors, source: string): Completeness {
  const parse = (text: string) => vendors.parseSync("source.ts", text, { lang: "ts", sourceType: "module" });
  if (objectLiteralStart(source, parse) !== undefined) return "complete";
  const [error] = parse(source).errors;
  if (!error) return "complete";
  const at = error.labels[0]?.start ?? 0;
  // Templates and comments may go on in the next line; quoted texts and regular expressions may not.
  const isOpen = /^Unterminated/.test(error.message) && !/^(['"]|\/(?!\*))/.test(source.slice(at));
  return isOpen || at >= source.trimEnd().length ? "incomplete" : "invalid";
}
