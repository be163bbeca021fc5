import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeFolderSync } from "#storage";

/** A comment in front of the code that names a module, as tslab has it: an `@module` tag in a JSDoc block. */
const NAMED = /^(?:\s|\/\/[^\n]*\n)*\/\*\*((?:(?!\*\/)[\s\S])*)\*\//;
const TAG = /@module\s+([A-Za-z_][\w-]*)/;

/** Cells that are modules: other cells import what they export, by `./<name>`. They are files of this session. */
export class ModuleCells {
  readonly folder: string;

  /** @param home of the session. What an earlier one left there is gone: only what ran can be imported. */
  constructor(home: string) {
    this.folder = join(home, "cells");
    try {
      rmSync(this.folder, { recursive: true, force: true });
    } catch {
      // Where nothing can be removed, nothing can be defined either: that is said to the cell that tries.
    }
  }

  /** The module that a cell is; undefined for any other cell. */
  nameOf(source: string): string | undefined {
    return TAG.exec(NAMED.exec(source)?.[1] ?? "")?.[1];
  }

  define(name: string, source: string): void {
    makeFolderSync(this.folder);
    writeFileSync(join(this.folder, `${name}.ts`), source);
  }
}
