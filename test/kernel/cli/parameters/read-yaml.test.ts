import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readYaml, YamlError, type YamlValue } from "../../../../kernel/cli/parameters/read-yaml.ts";

/** Writes a value as people write YAML: blocks, comments, blank lines, lists at the indentation of their name or deeper. */
function written(value: YamlValue, indent: number, choose: () => number): string {
  const pad = " ".repeat(indent);
  const noise = () => (choose() % 4 === 0 ? `${pad}# a "comment": [\n\n` : "");
  if (Array.isArray(value) && value.length > 0)
    return value.map((item) => `${noise()}${pad}-${behind(item, indent, choose, false)}`).join("");
  if (typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length > 0)
    return Object.entries(value)
      .map(([name, item]) => `${noise()}${pad}${JSON.stringify(name)}:${behind(item, indent, choose, true)}`)
      .join("");
  return `${pad}${JSON.stringify(value)}\n`;
}

function behind(item: YamlValue, indent: number, choose: () => number, isInMap: boolean): string {
  const isBlock = typeof item === "object" && item !== null && Object.keys(item).length > 0;
  if (!isBlock || choose() % 3 === 0)
    return ` ${JSON.stringify(item)}${choose() % 3 === 0 ? "  # why" : ""}\n`;
  const deeper = isInMap && Array.isArray(item) && choose() % 2 === 0 ? indent : indent + 1 + (choose() % 3);
  return `\n${written(item, deeper, choose)}`;
}

const plain = fc.oneof(
  fc.string().filter((text) => !/[\u2028\u2029]/.test(text)),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (Object.is(value, -0) ? 0 : value)),
  fc.boolean(),
  fc.constant(null),
);
const { value: anyValue } = fc.letrec<{ value: YamlValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    plain,
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(
      fc.string({ minLength: 1 }).filter((name) => name !== "__proto__"),
      tie("value"),
      { maxKeys: 3 },
    ),
  ) as fc.Arbitrary<YamlValue>,
}));

describe("parameter files in YAML", () => {
  it("give back what was written, however it was laid out", () => {
    fc.assert(
      fc.property(anyValue, fc.array(fc.nat(), { minLength: 1 }), (value, choices) => {
        let at = 0;
        const text = written(value, 0, () => choices[at++ % choices.length]!);
        expect(readYaml(text)).toEqual(value);
      }),
      { numRuns: 500 },
    );
  });

  it("are read as people write them", () => {
    const text = `---
# for the close
horizon: 10        # bars
rate: -1.5e-3
name: the "best" one # not the # in a#b
symbols: [BTC/USDT, "ETH/USDT", 'it''s']
when: 2024-01-02
nothing: ~
limits:
  max: 3
  list:
  - a: 1
    b: true
  -
    - x
    - y
deep: {a: {b: [1, 2]}, c: d}
on: "yes"
url: http://x/y:1
`;
    expect(readYaml(text)).toEqual({
      ...{ horizon: 10, rate: -0.0015, name: 'the "best" one', symbols: ["BTC/USDT", "ETH/USDT", "it's"] },
      ...{ when: "2024-01-02", nothing: null, limits: { max: 3, list: [{ a: 1, b: true }, ["x", "y"]] } },
      ...{ deep: { a: { b: [1, 2] }, c: "d" }, on: "yes", url: "http://x/y:1" },
    });
    expect(readYaml("# nothing\n")).toBeNull();
  });

  it.each([
    ["a: &x 1", 1],
    ["a: 1\nb: *x", 2],
    ["a: |\n  text", 1],
    ["a: 1\na: 2", 2],
    ["a:\n\tb: 1", 2],
    ["a: [1, 2", 1],
    ['a: "open', 1],
    ["a: 1\n  b: 2", 2],
    ["a: 1\nnonsense", 2],
    ["a: !!str 1", 1],
  ])("%j is refused with its line", (text, line) => {
    let error: unknown;
    try {
      readYaml(text);
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(YamlError);
    expect((error as YamlError).line).toBe(line);
  });
});
