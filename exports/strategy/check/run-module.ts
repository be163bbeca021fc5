import { loadCellCompiler } from "#notebook";
import type { RunInputs } from "#storage";
import { type RunSources, sourcesOf } from "../slice/sources.ts";
import type { LineOrigin } from "../slice/types.ts";

/** The cells of a run as one TypeScript module. */
export interface RunModule {
  readonly text: string;
  /** For each line. The last line is no cell's. */
  readonly origins: readonly LineOrigin[];
}

export async function runModuleOf(cells: RunInputs["cells"]): Promise<RunModule> {
  const { sources } = sourcesOf(cells, await loadCellCompiler());
  const lines: string[] = [];
  const origins: LineOrigin[] = [];
  for (const source of sources) {
    // A cell that ends without a semicolon does not go on in one that begins with a bracket.
    [...moduleText(source).split("\n"), ";"].forEach((line, i) => {
      lines.push(line);
      origins.push({ cell: source.cell, line: i + 1 });
    });
  }
  // Without import and export it would be a script, which may not await.
  return { text: [...lines, "export {};"].join("\n"), origins };
}

/** What a module could not hold is changed within its line: a bare object literal, a default that a run replaced. */
function moduleText({ text, facts, replaced }: RunSources["sources"][number]): string {
  const { literalAt } = facts;
  if (literalAt !== undefined) return `${text.slice(0, literalAt)}(${text.slice(literalAt)}\n)`;
  return replaced
    .flatMap(({ declares }) => declares)
    .map(({ name, at }) => at + name.length)
    .sort((a, b) => b - a)
    .reduce((result, end) => `${result.slice(0, end)}Default${result.slice(end)}`, text);
}
