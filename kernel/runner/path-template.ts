import { randomUUID } from "node:crypto";
import { fail, suggest } from "#core";
import type { JsonObject } from "#notebook";

/**
 * A path with `{name}` replaced by the value of that parameter, as papermill does; `{{` and `}}` are braces. Also known:
 * `{run_uuid}` and `{current_datetime_utc}` (2024-03-09T14-30-00Z, which every file system takes).
 * Errors: `runner.bad-template` for a name without a value, for a value that is no text or number, and for braces that
 * do not match.
 */
export function pathFromTemplate(template: string, values: JsonObject): string {
  if (!/[{}]/.test(template)) return template;
  const known: JsonObject = {
    run_uuid: randomUUID(),
    current_datetime_utc: `${new Date().toISOString().slice(0, 19).replaceAll(":", "-")}Z`,
    ...values,
  };
  return template.replace(/\{\{|\}\}|\{([^{}]*)\}|[{}]/g, (part, name: string | undefined) => {
    if (part === "{{" || part === "}}") return part[0]!;
    if (name === undefined) return refuse(template, `the brace at "${part}" has no partner`, known);
    const value = Object.hasOwn(known, name) ? known[name] : undefined;
    if (value === undefined || value === null)
      return refuse(template, `nothing is named "${name}"`, known, name);
    if (typeof value === "object") return refuse(template, `"${name}" is no text, number or boolean`, known);
    // A value is a part of a name and never leads into another folder.
    return String(value).replaceAll(/[/\\\0]/g, "-");
  });
}

function refuse(template: string, problem: string, known: JsonObject, name?: string): never {
  const near = name === undefined ? undefined : suggest(name, Object.keys(known));
  fail("runner.bad-template", {
    message: `the path ${template}: ${problem}`,
    hint: `${near ? `Did you mean {${near}}? ` : ""}Known are ${Object.keys(known).join(", ")}; write {{ and }} for braces.`,
    fields: { template, known: Object.keys(known) },
  });
}
