import type { CodeUnit, Effect, NameWrite } from "#notebook";
import type { Refusal } from "../slice/types.ts";
import { type Finding, refusalAt, type SourceText } from "./source-text.ts";

/** What one unit of a strategy may not do, whatever it is used for: wait, load code, keep memory of its own. */
export function unitRefusals(source: SourceText, unit: CodeUnit): Refusal[] {
  const effects = unit.effects.map((effect) => refusalAt(source, effect.at, effectFinding(effect)));
  const memory = unit.writes
    .filter(({ isDeferred }) => isDeferred)
    .map((write) => refusalAt(source, write.at, memoryFinding(write)));
  return [...effects, ...memory];
}

function effectFinding({ kind, isDeferred }: Effect): Finding {
  switch (kind) {
    case "await":
      return {
        code: "promote.await",
        message: isDeferred ? "a strategy's functions cannot wait" : "the value is waited for",
        remedy: isDeferred
          ? "remove async and await: a handler has ctx.bar, ctx.row and ctx.history(n)"
          : "freeze what is waited for in a constant of its own: const value = freeze(await ...)",
      };
    case "import":
      return {
        code: "promote.dynamic-code",
        message: "import() loads code while it runs",
        remedy: 'import it at the top of a cell: import { name } from "./module.ts"',
      };
    case "locale":
      return {
        code: "promote.outside",
        message: "the result depends on the machine's languages",
        remedy: "toFixed, toLowerCase, toUpperCase, or compare texts with < and >",
      };
    case "import-meta":
      return {
        code: "promote.outside",
        message: "import.meta tells of this machine's files",
        remedy: "write the value, or freeze it: const value = freeze(...)",
      };
  }
}

function memoryFinding({ name, kind }: NameWrite): Finding {
  const code = "promote.outer-write";
  switch (kind) {
    case "this":
      return {
        code,
        message: "an object changes itself outside its constructor: a restart would lose that",
        remedy: "keep it in ctx.state, or return a new object",
      };
    case "captured":
      return {
        code,
        message: `a function writes to ${name} of the function around it: a restart would lose that`,
        remedy: `keep it in ctx.state: state: { ${name}: ... } and ctx.state.${name}, or return it`,
      };
    default:
      return {
        code,
        message: `a function writes to ${name}, which stands outside of it: a restart would lose that`,
        remedy: `keep it in ctx.state: state: { ${name}: ... } and ctx.state.${name}`,
      };
  }
}
