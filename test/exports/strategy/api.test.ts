import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import * as allFeatures from "#features";
import * as strategy from "../../../exports/strategy/api.ts";
import { DOOR_TYPES } from "../../../exports/strategy/scan/door-names.ts";
import * as tickbook from "../../../kernel/session/api.ts";

const path = (file: string) => fileURLToPath(new URL(`../../../${file}`, import.meta.url));

describe("the door tickbook/strategy", () => {
  it("has the functions of tickbook that only compute, and they are the same ones", () => {
    const own = ["account", "bps", "choice", "defineStrategy", "float", "int"];
    expect(Object.keys(strategy).sort()).toEqual([...own, ...Object.keys(allFeatures)].sort());
    for (const [name, value] of Object.entries(strategy)) {
      expect((tickbook as Record<string, unknown>)[name], name).toBe(value);
    }
  });

  it("has the types that the slicer knows of it", () => {
    const names = [...typesOf("exports/strategy/api.ts"), ...typesOf("features/index.ts")];
    expect([...DOOR_TYPES].sort()).toEqual(names.sort());
  });
});

/** The types that a file exports by name. */
function typesOf(name: string): string[] {
  const file = path(name);
  const source = ts.sys.readFile(file)!;
  const names: string[] = [];
  ts.forEachChild(ts.createSourceFile(file, source, ts.ScriptTarget.Latest), (node) => {
    if (!ts.isExportDeclaration(node) || !node.exportClause || !ts.isNamedExports(node.exportClause)) return;
    for (const { isTypeOnly, name } of node.exportClause.elements) {
      if (node.isTypeOnly || isTypeOnly) names.push(name.text);
    }
  });
  return names;
}
