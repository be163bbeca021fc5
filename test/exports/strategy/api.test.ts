import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import * as strategy from "../../../exports/strategy/api.ts";
import { DOOR_TYPES } from "../../../exports/strategy/scan/door-names.ts";
import * as tickbook from "../../../kernel/session/api.ts";

const path = (file: string) => fileURLToPath(new URL(`../../../${file}`, import.meta.url));

describe("the door tickbook/strategy", () => {
  it("has the functions of tickbook that only compute, and they are the same ones", () => {
    expect(Object.keys(strategy).sort()).toEqual([
      ...[
        "account",
        "atr",
        "bollinger",
        "bps",
        "choice",
        "defineStrategy",
        "ema",
        "features",
        "float",
        "int",
      ],
      ...["macd", "returns", "rsi", "sma", "volatility"],
    ]);
    for (const [name, value] of Object.entries(strategy)) {
      expect((tickbook as Record<string, unknown>)[name], name).toBe(value);
    }
  });

  it("has the types that the slicer knows of it", () => {
    const file = path("exports/strategy/api.ts");
    const source = ts.sys.readFile(file)!;
    const names: string[] = [];
    ts.forEachChild(ts.createSourceFile(file, source, ts.ScriptTarget.Latest), (node) => {
      if (!ts.isExportDeclaration(node) || !node.exportClause || !ts.isNamedExports(node.exportClause))
        return;
      for (const { isTypeOnly, name } of node.exportClause.elements) {
        if (node.isTypeOnly || isTypeOnly) names.push(name.text);
      }
    });
    expect([...DOOR_TYPES].sort()).toEqual(names.sort());
  });
});
