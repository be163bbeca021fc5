import { describe, expect, it } from "vitest";
import { bindingsOf, type CodeUnit, loadCellCompiler, sliceBack, writesTo } from "#notebook";

const compiler = await loadCellCompiler();
const unitsOf = (source: string) => compiler.codeFacts(source, "cell 1").units;
const only = (source: string): CodeUnit => unitsOf(source)[0]!;
const usesOf = (source: string) =>
  only(source).uses.map(
    ({ name, path, isDeferred, isType }) =>
      `${[name, ...path].join(".")}${isDeferred ? " later" : ""}${isType ? " type" : ""}`,
  );
const writesOf = (source: string) => only(source).writes.map(({ name, kind }) => `${kind} ${name}`);

describe("the names of a cell", () => {
  it("are declared unit by unit: declarators, imported names, functions, classes, types", () => {
    const source = `import a, { b as c, type D } from "x";
import * as e from "y";
import "z";
const f = 1, { g, h: [i = g], ...j } = k;
export function l() {}
class M {}
type N = 1; interface O {} enum P { q }
if (r) { var s = 1; }
t();`;
    expect(unitsOf(source).map(({ kind, declares }) => [kind, ...declares.map(({ name }) => name)])).toEqual([
      ["import", "a"],
      ["import", "c"],
      ["import", "D"],
      ["import", "e"],
      ["import"],
      ["variable", "f"],
      ["variable", "g", "i", "j"],
      ["function", "l"],
      ["class", "M"],
      ["type", "N"],
      ["type", "O"],
      ["class", "P"],
      ["statement", "s"],
      ["statement"],
    ]);
    expect(unitsOf(source).find(({ isExported }) => isExported)?.declares).toMatchObject([{ name: "l" }]);
  });

  it.each([
    ["const a = b.c.d + e[f].g + h?.i!.j", ["b.c.d", "f", "e", "h.i.j"]],
    ["const a = { b, c: d, [e]: f, g() { return h; } }", ["b", "d", "e", "f", "h later"]],
    ["const { a = b, [c]: d } = e", ["b", "c", "e"]],
    ["function a(b, { c = d }, ...e) { var f; return b + c + e + f + g + a; }", ["d later", "g later"]],
    ["const a = function b() { return b; }", []],
    [
      "const a = () => { for (const b of c) { b; } try {} catch (d) { d; } return b; }",
      ["c later", "b later"],
    ],
    ["const a = () => { { let b; } b; switch (c) { case d: let e; e; } }", ["b later", "c later", "d later"]],
    ["const a = () => { e: for (;;) { break e; } }", []],
    [
      "class A extends B { c = d; static e = f; #g = this.#g; [h]() { return i; } static { j; } }",
      ["B", "d later", "f later", "h", "i later", "j later"],
    ],
    ["const a: B<C> = d as E", ["B type", "C type", "d", "E type"]],
    ["function a<T extends B>(c: T): c is D<typeof e> {}", ["B later type", "D later type", "e later type"]],
    [
      "type A<T> = { [K in keyof T]: T[K] extends infer U ? U : B } & ((c: number) => D.E)",
      ["B type", "D type"],
    ],
    ["enum A { b = 1, c = b + d }", ["d"]],
    ["const a = `$" + "{b}` + c`d` + new e.F()", ["b", "c", "e.F"]],
    ["const a = function () { return new.target; }", []],
  ])("%s uses %j", (source, expected) => {
    expect(usesOf(source).sort()).toEqual([...expected].sort());
  });

  it.each([
    ["a = 1", ["assigned a"]],
    ["[a, b.c, ...d] = e", ["assigned a", "changed b", "assigned d"]],
    ["a.b.push(c)", ["changed a"]],
    ["a!.b.c++", ["changed a"]],
    ["a?.b!.c.push(d)", ["changed a"]],
    ["(a as B).c = 1", ["changed a"]],
    ["Object.defineProperty(a.b, 'c', {})", ["changed a"]],
    [
      "const a = () => { const b = c.d; b.e = 1; b.f.push(1); const { g } = b; g.h++; }",
      ["changed c", "changed c", "changed c"],
    ],
    ["const a = () => { let b = c.d; b = 1; b++; const e = [...b]; e.push(1); }", []],
    [
      "const a = () => { for (const b of c.d) b.e = 1; c.f.forEach((g) => { g.h = 1; }); }",
      ["changed c", "changed c"],
    ],
    ["const a = function b() { b.count = 1; }", ["captured b"]],
    ["function a() { a.count = 1; }", ["changed a"]],
    ["delete a[b]", ["changed a"]],
    ["a.map(b).sort()", []],
    ["const a = () => { let b; b = 1; b.c = 2; }", []],
    ["const a = () => { let b = 0; return () => { b++; }; }", ["captured b"]],
    ["const a = () => { let b = 0; c.map(() => { b++; }); }", []],
    ["const a = { onBar() { let b = 0; const c = () => { b++; }; } }", []],
    ["const a = (ctx) => () => { ctx.state.b = 1; ctx.shared.c.push(1); }", []],
    ["class A { b; constructor() { this.b = 1; } c() { this.b = 2; } }", ["this this"]],
  ])("%s writes %j", (source, expected) => {
    expect(writesOf(source)).toEqual(expected);
  });

  it("are refused where the text cannot be read", () => {
    expect(() => compiler.codeFacts("const a = 1;\nconst = 2;", "cell 3")).toThrow("cell 3, line 2:7");
  });

  it("stand where they are written, also in a cell that is one object literal", () => {
    const { units, literalAt } = compiler.codeFacts("// shown\n{ a: b, c: d.push(1) }", "cell 1");
    expect(literalAt).toBe(9);
    expect(units[0]!.uses.map(({ name, at }) => [name, at])).toEqual([
      ["b", 14],
      ["d", 20],
    ]);
    expect(units[0]!.writes).toMatchObject([{ name: "d", at: 20 }]);
  });
});

describe("a slice backwards", () => {
  const cells = [
    "const a = 1;\nconst b = a;",
    "let c = b;",
    "c = 2;\nfunction d() { return e + c; }",
    "const e = Math.max(b);",
  ].map((source) => compiler.codeFacts(source, "cell 1"));
  const bindings = bindingsOf(cells);
  const namesOf = (units: readonly { readonly unit: CodeUnit }[]) =>
    units.flatMap(({ unit }) => unit.declares.map(({ name }) => name)).join("");

  it("has all that the start needs, in run order", () => {
    const all = sliceBack(
      bindings,
      bindings.get("d")!,
      () => false,
      () => true,
    );
    expect(namesOf(all.units)).toBe("abcde");
    expect(all.uses.filter(({ bound }) => bound.length === 0).map(({ use }) => use.name)).toEqual(["Math"]);
  });

  it("ends at leaves and where a use is not followed", () => {
    const leaf = sliceBack(
      bindings,
      bindings.get("d")!,
      ({ unit }) => unit.declares[0]?.name === "e",
      () => true,
    );
    expect(namesOf(leaf.units)).toBe("abcde");
    const cut = sliceBack(
      bindings,
      bindings.get("d")!,
      () => false,
      ({ use }) => use.name !== "b",
    );
    expect(namesOf(cut.units)).toBe("cde");
  });

  it("finds the writes of every cell", () => {
    const aliased = [
      "const a = { b: [1] };",
      "const { b } = a;\nconst c = b;\nlet d = c;",
      "c.push(2);\nd = [];",
    ].map((source) => compiler.codeFacts(source, "cell"));
    expect(writesTo(aliased, "a").map(({ cell, write }) => [cell, write.name])).toEqual([[2, "c"]]);
    expect(writesTo(cells, "c").map(({ cell, write }) => [cell, write.kind])).toEqual([[2, "assigned"]]);
  });
});
