import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { badgesOf, MARKERS, tagsOf, withTag } from "../../../kernel/lab/src/cells/markers.ts";
import { marksIn } from "../../../kernel/lab/src/diagnostics/ranges.ts";
import { figureOf, pointCount, themed } from "../../../kernel/lab/src/plotly/figure.ts";

describe("markers", () => {
  const tags = fc.uniqueArray(
    fc.constantFrom("parameters", "skip-execution", "raises-exception", "mine", "yours"),
  );

  it("set and take out one tag, and leave the others as they are", () => {
    fc.assert(
      fc.property(
        tags,
        fc.constantFrom(...MARKERS.map(({ tag }) => tag)),
        fc.boolean(),
        (before, tag, isSet) => {
          const after = withTag(before, tag, isSet);
          expect(after.includes(tag)).toBe(isSet);
          expect(after.filter((one) => one !== tag)).toEqual(before.filter((one) => one !== tag));
          expect(withTag(after, tag, isSet)).toEqual(after);
        },
      ),
    );
  });

  it("reads tags from any metadata", () => {
    expect([{}, null, { tags: "x" }, { tags: [1, "parameters"] }].map(tagsOf)).toEqual([
      [],
      [],
      [],
      ["parameters"],
    ]);
    expect(badgesOf(["mine", "skip-execution"]).map(({ badge }) => badge)).toEqual(["skipped headless"]);
  });
});

describe("diagnostics", () => {
  it("mark the text that they speak of", () => {
    const source = "const a = 1;\nconst bad: number = 'x';\n";
    const [mark] = marksIn(source, [
      { line: 2, column: 7, endLine: 2, endColumn: 10, severity: "error", message: "no", code: "TS2322" },
    ]);
    expect(source.slice(mark!.from, mark!.to)).toBe("bad");
    expect(mark!.message).toBe("no (TS2322)");
  });

  it("stay inside a text that has changed meanwhile", () => {
    const place = fc.integer({ min: -2, max: 40 });
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("a", " ", "\n") }),
        place,
        place,
        place,
        place,
        (source, a, b, c, d) => {
          const [mark] = marksIn(source, [
            { line: a, column: b, endLine: c, endColumn: d, severity: "error", message: "", code: "" },
          ]);
          const { from, to } = mark!;
          expect(from).toBeGreaterThanOrEqual(0);
          expect(to).toBeLessThanOrEqual(source.length);
          expect(to - from).toBeGreaterThanOrEqual(source.length > 0 ? 1 : 0);
        },
      ),
    );
  });
});

describe("figures", () => {
  const colours = { text: "#123456", rule: "#abcdef", font: "serif" };

  it("take the theme's colours only where the figure has none of its own", () => {
    const layout = {
      font: { color: "red" },
      yaxis2: { gridcolor: "blue" },
      paper_bgcolor: "white",
      width: 400,
    };
    const before = structuredClone(layout);
    expect(themed(layout, colours)).toMatchObject({
      font: { color: "red", family: "serif" },
      paper_bgcolor: "white",
      plot_bgcolor: "rgba(0,0,0,0)",
      xaxis: { gridcolor: "#abcdef" },
      yaxis2: { gridcolor: "blue" },
      autosize: false,
    });
    expect(layout).toEqual(before);
  });

  it("count their points, packed or not", () => {
    const packed = { x: { dtype: "f8", bdata: "A".repeat(32) } };
    const figure = figureOf({
      data: [
        { y: [1, 2, 3] },
        packed,
        {
          z: [
            [1, 2],
            [3, 4],
          ],
        },
        {},
      ],
    });
    expect(pointCount(figure)).toBe(3 + 3 + 4);
    expect(figureOf("nonsense")).toEqual({ data: [], layout: {}, config: {} });
  });
});
