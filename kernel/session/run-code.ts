import { realpathSync } from "node:fs";
import { relative } from "node:path";
import { Script } from "node:vm";
import { assert, encodeValue } from "#core";
import type { CellCompiler } from "#notebook";
import { type RunInputs, sha256 } from "#storage";
import type { Evaluator } from "./evaluator.ts";
import type { FrozenValues } from "./frozen-values.ts";
import type { Reached } from "./load/reached.ts";
import type { GoldenVectors, SessionCode } from "./ports.ts";

type Cell = RunInputs["cells"][number];

export interface RunCodeOptions {
  readonly root: string;
  readonly compiler: CellCompiler;
  readonly evaluator: Evaluator;
  readonly frozen: FrozenValues;
  readonly reached: () => Reached;
}

/** What a session's cells have run, in order. */
export class RunCode {
  private readonly options: RunCodeOptions;
  private cells: Cell[] = [];
  private readonly names = new Map<string, CellNames>();

  constructor(options: RunCodeOptions) {
    this.options = options;
  }

  /** A cell that is run again with the same text counts once: it declares nothing anew. */
  add(cell: number, tags: readonly string[], source: string): void {
    this.cells = [
      ...this.cells.filter((other) => other.source !== source),
      { cell, id: `cell-${cell}`, tags, source },
    ];
  }

  code(): SessionCode {
    const { root, evaluator, frozen, reached } = this.options;
    // The loader names files by their real place.
    const folder = realpathSync(root);
    const { modules, packages } = reached();
    const contents = new Map(modules.map(({ content }) => [sha256(content), content]));
    return {
      inputs: {
        cells: this.cells,
        modules: modules.map(({ file, content }) => ({
          path: relative(folder, file).replaceAll("\\", "/"),
          hash: sha256(content),
        })),
        packages: packages.map(({ name, version }) => ({ name, version })),
        frozen: frozen.facts(),
      },
      readObject: async (hash) => {
        const content = contents.get(hash);
        assert(content, `the module ${hash} was loaded`);
        return content;
      },
      names: () => this.cells.flatMap(({ source }) => this.namesIn(source).declared),
      valueNamed,
      isOfTopLevel: async (code) => {
        const scopes = await evaluator.scopesOf(code);
        return scopes.every((scope) => scope === "Script" || scope === "Global");
      },
    };
  }

  /** Whether a constant that the cells export is this strategy with these parameters. */
  exportsStrategy({ strategy, params }: Pick<GoldenVectors, "strategy" | "params">): boolean {
    const wanted = encodeValue(params);
    return this.cells
      .flatMap(({ source }) => this.namesIn(source).exported)
      .some((name) => {
        const value = valueNamed(name) as StrategyLike;
        return (
          value?.spec?.name === strategy && value.params !== undefined && encodeValue(value.params) === wanted
        );
      });
  }

  /** The names of values that a cell's top level declares. */
  declaredIn(source: string): readonly string[] {
    return this.namesIn(source).declared;
  }

  private namesIn(source: string): CellNames {
    const known = this.names.get(source);
    if (known) return known;
    const names = this.readNames(source);
    this.names.set(source, names);
    return names;
  }

  private readNames(source: string): CellNames {
    try {
      const { units, exportedNames } = this.options.compiler.codeFacts(source, "cell");
      const namesOf = (some: typeof units) =>
        some.flatMap(({ declares }) => declares.map(({ name }) => name));
      const listed = exportedNames.map(({ name }) => name).filter((name) => name !== "default");
      return {
        declared: namesOf(units.filter(({ kind }) => kind !== "type")),
        exported: [...namesOf(units.filter(({ isExported }) => isExported)), ...listed],
      };
    } catch {
      // A cell may hold what a module may not; nothing in it can be promoted.
      return { declared: [], exported: [] };
    }
  }
}

interface CellNames {
  readonly declared: readonly string[];
  readonly exported: readonly string[];
}

type StrategyLike =
  | { readonly spec?: { readonly name?: unknown }; readonly params?: unknown }
  | null
  | undefined;

/** Constants of the cells are in the scope of all scripts, not on the global object. */
function valueNamed(name: string): unknown {
  try {
    return new Script(name).runInThisContext();
  } catch {
    // Its declaration has not run, or failed.
    return undefined;
  }
}
