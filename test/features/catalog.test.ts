/** The catalog as data: what tables, searches and documentation are made from. */
import { describe, expect, test } from "vitest";
import { createFeature, describeCatalog, FEATURE_CATALOG, GROUPS, paramRanges, rsi } from "#features";

describe.each(FEATURE_CATALOG.map((one) => [one.id, one] as const))("%s", (_, definition) => {
  test("says what it is and where it comes from", () => {
    expect(definition.summary).toMatch(/^\S.*\.$/s);
    expect(definition.source).toMatch(/^\S.*\.$/s);
    expect(GROUPS).toContain(definition.group);
  });

  test("has defaults, and a search range inside what is allowed", () => {
    const search = paramRanges(definition);
    for (const [name, spec] of Object.entries(definition.params)) {
      const range = search[name];
      if (range === undefined) continue;
      if (spec.kind === "choice" || range.kind === "choice") {
        expect([spec.kind, range.kind]).toEqual(["choice", "choice"]);
        continue;
      }
      expect([range.kind, range.min >= spec.min, range.max <= spec.max, range.min < range.max]).toEqual([
        spec.kind,
        true,
        true,
        true,
      ]);
      if (spec.kind === "int") expect([range.min, range.max].every(Number.isInteger)).toBe(true);
    }
    expect(createFeature(definition).id).toContain(definition.id);
  });
});

test("the catalog is plain data, each id once, ordered by group", () => {
  const catalog = describeCatalog();
  expect(JSON.parse(JSON.stringify(catalog))).toEqual(catalog);
  const ids = catalog.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  const groups = catalog.map(({ group }) => GROUPS.indexOf(group));
  expect(groups).toEqual([...groups].sort((a, b) => a - b));
  for (const one of catalog) {
    expect(one.outputs.length).toBeGreaterThan(0);
    expect(Number.isInteger(one.warmup) && one.warmup >= 0, one.id).toBe(true);
  }
});

test("a factory gives the ranges of its parameters", () => {
  expect(paramRanges(rsi)).toEqual({ period: { kind: "int", min: 2, max: 70 } });
});
