import { assert } from "#core";
import {
  type BackwardSlice,
  type Bindings,
  bindingsOf,
  loadCellCompiler,
  type SlicedUse,
  sliceBack,
  type UnitPlace,
} from "#notebook";
import { globalFinding } from "../scan/globals.ts";
import { ImportScan, type ImportsFound } from "../scan/modules.ts";
import { doorFinding, researchOrigin, researchValueFinding } from "../scan/research.ts";
import { refusalAt, type SourceText } from "../scan/source-text.ts";
import { unitRefusals } from "../scan/unit.ts";
import { bindingRefusals } from "./binding-rules.ts";
import { emitSlice } from "./emit.ts";
import { findExport } from "./find-export.ts";
import { sourcesOf } from "./sources.ts";
import type { Refusal, SliceInput, SliceResult, StrategySlice } from "./types.ts";

/**
 * Cuts the exported strategy and all it is made of out of a run: backwards from the exported constant, through
 * constants, functions, types and local modules, up to frozen values. What the promise of promotion does not allow is
 * refused, all of it at once, in the order of cells and lines.
 * Errors: those of `readObject`.
 */
export async function sliceStrategy(input: SliceInput): Promise<SliceResult> {
  const compiler = await loadCellCompiler();
  const slicer = new Slicer(input, sourcesOf(input.record.inputs.cells, compiler));
  const found = findExport(slicer.sources, slicer.bindings, input.exportName);
  if (Array.isArray(found)) return { ok: false, refusals: found };
  const sliced = slicer.slice(found.units);
  const imports = new ImportScan(input.record, input.readObject, compiler);
  const modulePaths = await slicer.followImports(sliced, imports);
  const refusals = inOrder([...slicer.refusals, ...imports.found().refusals]);
  if (refusals.length > 0) return { ok: false, refusals };
  return { ok: true, slice: slicer.result(sliced, modulePaths, imports.found(), found.name) };
}

class Slicer {
  readonly sources: readonly SourceText[];
  readonly bindings: Bindings;
  readonly refusals: Refusal[] = [];
  private readonly record: SliceInput["record"];
  private readonly ignoreTypes: boolean;
  private readonly injected: ReadonlyMap<string, number>;

  constructor(
    { record, ignoreTypes = false }: SliceInput,
    { sources, injected }: ReturnType<typeof sourcesOf>,
  ) {
    this.record = record;
    this.ignoreTypes = ignoreTypes;
    this.sources = sources;
    this.injected = injected;
    this.bindings = bindingsOf(sources.map(({ facts }) => facts));
  }

  slice(start: readonly UnitPlace[]): BackwardSlice {
    const sliced = sliceBack(
      this.bindings,
      start,
      (place) => this.frozenHash(place) !== undefined,
      (use) => this.follows(use),
    );
    for (const place of sliced.units) {
      if (this.frozenHash(place) === undefined) {
        this.refusals.push(...unitRefusals(this.sources[place.cell]!, place.unit));
      }
    }
    this.refusals.push(...bindingRefusals(this.sources, this.bindings, sliced));
    return sliced;
  }

  /** The run itself says what it froze: by binding and cell. */
  private frozenHash({ cell, unit }: UnitPlace): string | undefined {
    const [declared, another] = unit.declares;
    if (unit.kind !== "variable" || !declared || another) return undefined;
    const number = this.sources[cell]!.cell;
    return this.record.inputs.frozen.find(
      (frozen) => frozen.binding === declared.name && frozen.cell === number,
    )?.hash;
  }

  /** Refuses what research computed instead of following it. */
  private follows(sliced: SlicedUse): boolean {
    const { from, use, bound } = sliced;
    if (use.isType && this.ignoreTypes) return false;
    const source = this.sources[from.cell]!;
    const refuse = (finding: Parameters<typeof refusalAt>[2]) => {
      this.refusals.push(refusalAt(source, use.at, finding));
      return false;
    };
    const finding = bound.length === 0 ? globalFinding(use, this.bindings.keys()) : doorFinding(sliced);
    if (finding) return refuse(finding);
    const setAt = this.injected.get(use.name);
    if (setAt !== undefined && from.cell < setAt && !use.isDeferred) {
      return refuse({
        code: "promote.redeclared",
        message: `${use.name} is computed with here before the run's parameters set it in cell ${this.sources[setAt]!.cell}`,
        remedy: 'move what is computed from parameters to a cell behind the one tagged "parameters"',
      });
    }
    for (const place of bound) {
      if (this.frozenHash(place) !== undefined) continue;
      const origin = researchOrigin(place, this.bindings);
      if (origin === undefined) continue;
      const made = { source: this.sources[place.cell]!, unit: place.unit };
      return refuse(researchValueFinding(sliced, origin, source, made));
    }
    return true;
  }

  /** @returns the paths of local modules by specifier. */
  async followImports({ units, uses }: BackwardSlice, scan: ImportScan): Promise<Map<string, string>> {
    const paths = new Map<string, string>();
    const values = valueNames(uses);
    for (const { cell, unit } of units) {
      const { imported, declares, start } = unit;
      if (!imported || imported.isType || !values.has(declares[0]?.name ?? "")) continue;
      const path = await scan.follow(this.sources[cell]!, start, imported.specifier);
      if (path !== undefined) paths.set(imported.specifier, path);
    }
    return paths;
  }

  result(
    sliced: BackwardSlice,
    modulePaths: ReadonlyMap<string, string>,
    imports: ImportsFound,
    exportName: string,
  ): StrategySlice {
    const units = eachNameOnce(sliced.units);
    const isFrozen = (place: UnitPlace) => this.frozenHash(place) !== undefined;
    const { sources } = this;
    const emitted = emitSlice({
      sources,
      units,
      isFrozen,
      valueNames: valueNames(sliced.uses),
      modulePaths,
      exportName,
    });
    const frozen = units.filter(isFrozen).map((place) => {
      const hash = this.frozenHash(place);
      assert(hash !== undefined, "a frozen unit has a hash");
      return { binding: place.unit.declares[0]!.name, cell: sources[place.cell]!.cell, hash };
    });
    const cells = [...new Set(units.map(({ cell }) => sources[cell]!.cell))];
    const { modules, packages } = imports;
    return { ...emitted, frozen, modules, packages, cells, exportName };
  }
}

/** An import that several cells repeat is taken once; overloads and merged declarations are kept. */
function eachNameOnce(units: readonly UnitPlace[]): UnitPlace[] {
  const imported = new Set<string>();
  return units.filter(({ unit }) => {
    if (!unit.imported) return true;
    const name = unit.declares[0]?.name ?? "";
    const isNew = !imported.has(name);
    imported.add(name);
    return isNew;
  });
}

function valueNames(uses: readonly SlicedUse[]): Set<string> {
  return new Set(uses.filter(({ use }) => !use.isType).map(({ use }) => use.name));
}

/** By cell and line; what several ways lead to is told once. */
function inOrder(refusals: readonly Refusal[]): Refusal[] {
  const keyOf = ({ cell, module = "", line, column, code }: Refusal) =>
    [cell, module, line, column, code].join("\n");
  const unique = [...new Map(refusals.map((refusal) => [keyOf(refusal), refusal])).values()];
  return unique.sort(
    (a, b) =>
      a.cell - b.cell ||
      compareTexts(a.module ?? "", b.module ?? "") ||
      a.line - b.line ||
      a.column - b.column,
  );
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
