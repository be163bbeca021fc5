import { isBuiltin } from "node:module";
import { posix } from "node:path";
import { bindingsOf, type CellCompiler, type CodeUnit, sliceBack } from "#notebook";
import type { Refusal, SlicedModule, SliceInput } from "../slice/types.ts";
import { isTickbook, researchName, researchNameFinding } from "./door-names.ts";
import { globalFinding } from "./globals.ts";
import { refusalAt, type SourceText } from "./source-text.ts";
import { unitRefusals } from "./unit.ts";

/** What an import of a slice leads to. */
export interface ImportsFound {
  readonly modules: readonly SlicedModule[];
  readonly packages: readonly string[];
  readonly refusals: readonly Refusal[];
}

/**
 * Follows imports of the strategy through local modules. A module comes whole, so that all of it has to be pure; its
 * own statements may build up its constants, because they run once, when it is loaded.
 */
export class ImportScan {
  private readonly modules = new Map<string, SlicedModule>();
  private readonly packages = new Set<string>();
  private readonly refusals: Refusal[] = [];
  private readonly record: SliceInput["record"];
  private readonly readObject: (hash: string) => Promise<Uint8Array>;
  private readonly compiler: CellCompiler;

  constructor(
    record: SliceInput["record"],
    readObject: (hash: string) => Promise<Uint8Array>,
    compiler: CellCompiler,
  ) {
    this.record = record;
    this.readObject = readObject;
    this.compiler = compiler;
  }

  found(): ImportsFound {
    const byPath = (a: SlicedModule, b: SlicedModule) => (a.path < b.path ? -1 : 1);
    return {
      modules: [...this.modules.values()].sort(byPath),
      packages: [...this.packages].sort(),
      refusals: this.refusals,
    };
  }

  /** @returns the path of the local module that is meant, if it is one and the run has loaded it. */
  async follow(source: SourceText, at: number, specifier: string): Promise<string | undefined> {
    if (isTickbook(specifier)) return undefined;
    if (isBuiltin(specifier)) {
      this.refuse(source, at, {
        code: "promote.built-in-module",
        message: `${specifier} is a module of Node, and a strategy runs without it`,
        remedy: "freeze what it gives: const value = freeze(...)",
      });
      return undefined;
    }
    if (!/^\.{0,2}\/|^\.{1,2}$/.test(specifier)) {
      if (/^(#|[a-z]+:)/.test(specifier)) this.refuseNotStored(source, at, specifier);
      else this.packages.add(packageName(specifier));
      return undefined;
    }
    const path = this.resolve(specifier, source.module);
    if (path === undefined) this.refuseNotStored(source, at, specifier);
    else if (!this.modules.has(path)) await this.scan(source, at, path);
    return path;
  }

  /** Tried in the order in which the run resolved it. */
  private resolve(specifier: string, from: string | undefined): string | undefined {
    const base = posix.normalize(posix.join(posix.dirname(from ?? "notebook"), specifier)).replace(/\/$/, "");
    const names = [
      base,
      `${base}.ts`,
      `${base}.mts`,
      base.replace(/\.js$/, ".ts"),
      base.replace(/\.mjs$/, ".mts"),
      `${base}/index.ts`,
    ];
    const stored = new Set(this.record.inputs.modules.map(({ path }) => path));
    return names.find((name) => stored.has(name));
  }

  private async scan(importer: SourceText, at: number, path: string): Promise<void> {
    const [{ hash }, another] = this.record.inputs.modules.filter((module) => module.path === path) as [
      { hash: string },
      unknown,
    ];
    const imports: Record<string, string> = {};
    this.modules.set(path, { path, hash, imports });
    if (another) {
      this.refuse(importer, at, {
        code: "promote.module-changed",
        message: `${path} changed while the notebook ran: cells used different versions of it`,
        remedy: "run the notebook again",
      });
      return;
    }
    if (path.endsWith(".json")) return;
    const text = new TextDecoder().decode(await this.readObject(hash));
    const source = { cell: importer.cell, module: path, text, facts: this.compiler.codeFacts(text, path) };
    this.scanUnits(source);
    const wanted = [
      ...source.facts.units.flatMap(({ imported, start }) => (imported ? [{ ...imported, at: start }] : [])),
      ...source.facts.passedOn,
    ];
    for (const { specifier, at: place, isType } of wanted) {
      if (isType || specifier in imports) continue;
      const meant = await this.follow(source, place, specifier);
      if (meant !== undefined) imports[specifier] = meant;
    }
  }

  private scanUnits(source: SourceText): void {
    const { units } = source.facts;
    const bindings = bindingsOf([source.facts]);
    const all = units.map((unit) => ({ cell: 0, unit }));
    for (const unit of units) {
      this.refusals.push(...unitRefusals(source, unit));
      if (unit.imported?.name !== "*") this.scanResearch(source, unit, undefined, unit.start);
    }
    const { uses } = sliceBack(
      bindings,
      all,
      () => false,
      () => true,
    );
    for (const { use, bound } of uses) {
      if (bound.length === 0) {
        const finding = globalFinding(use, bindings.keys());
        if (finding) this.refusals.push(refusalAt(source, use.at, finding));
      }
      for (const { unit } of bound) {
        if (unit.imported?.name === "*" && !use.isType) this.scanResearch(source, unit, use.path[0], use.at);
      }
    }
  }

  private scanResearch(
    source: SourceText,
    { imported }: CodeUnit,
    member: string | undefined,
    at: number,
  ): void {
    const name = imported && researchName(imported, member);
    if (name !== undefined) this.refusals.push(refusalAt(source, at, researchNameFinding(name)));
  }

  private refuseNotStored(source: SourceText, at: number, specifier: string): void {
    this.refuse(source, at, {
      code: "promote.not-stored",
      message: `the run has not stored what "${specifier}" leads to`,
      remedy: 'import a .ts, .js or .json file by a relative path: import { name } from "./module.ts"',
    });
  }

  private refuse(source: SourceText, at: number, finding: Parameters<typeof refusalAt>[2]): void {
    this.refusals.push(refusalAt(source, at, finding));
  }
}

function packageName(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}
