import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, expectTypeOf, it } from "vitest";
import { decodeValue, encodeValue, type Frozen, isTickbookError, typedArraysIn } from "#core";
import type { OnnxExport } from "#exports";
import type { ModelArtifact } from "#model";

// What a canonical text must be:
//   decode(encode(x)) equals x, told apart as Object.is tells apart;
//   equal values have equal texts, whatever the order of their keys, and unequal values have unequal texts;
//   nothing that is not plain data has a text, and the refusal names the first such part.

const typedArray = fc.oneof(
  fc.int8Array(),
  fc.uint8Array(),
  fc.uint8ClampedArray(),
  fc.int16Array(),
  fc.uint16Array(),
  fc.int32Array(),
  fc.uint32Array(),
  fc.float32Array(),
  fc.float64Array(),
  fc.bigInt64Array(),
  fc.bigUint64Array(),
);
const leaf = fc.oneof(
  fc.constantFrom(null, true, false, -0, 0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
  fc.double(),
  fc.string({ unit: "binary" }),
  fc.bigInt(),
  typedArray,
);
const key = fc.oneof(
  fc.string(),
  fc.constantFrom(
    "$",
    "$$",
    "$x",
    "value",
    "bytes",
    "__proto__",
    "constructor",
    "toJSON",
    "10",
    "9",
    "\ud800",
  ),
);
const value: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    leaf,
    fc.array(tie("value"), { maxLength: 5 }),
    fc.dictionary(key, tie("value"), { maxKeys: 5, noNullPrototype: true }),
  ),
})).value;

function refusalOf(bad: unknown, name?: string) {
  try {
    encodeValue(bad, name);
  } catch (error) {
    if (isTickbookError(error)) return error;
    throw error;
  }
  throw new Error("no error");
}

/** The same value with the keys of its objects the other way round. */
function turned(part: unknown): unknown {
  if (typeof part !== "object" || part === null || ArrayBuffer.isView(part)) return part;
  if (Array.isArray(part)) return part.map(turned);
  return Object.fromEntries(
    Object.entries(part)
      .reverse()
      .map(([name, content]) => [name, turned(content)]),
  );
}

function everyObject(part: unknown, holds: (object: object) => boolean): boolean {
  if (typeof part !== "object" || part === null || ArrayBuffer.isView(part)) return true;
  return holds(part) && Object.values(part).every((content) => everyObject(content, holds));
}

describe("canonical text of a value", () => {
  it("gives back the value, deeply frozen", () => {
    fc.assert(
      fc.property(value, (x) => {
        const back = decodeValue(encodeValue(x));
        expect(isDeepStrictEqual(back, x)).toBe(true);
        expect(everyObject(back, Object.isFrozen)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it("is the same for equal values, whatever the order of keys", () => {
    fc.assert(
      fc.property(value, (x) => {
        expect(encodeValue(turned(x))).toBe(encodeValue(x));
      }),
      { numRuns: 300 },
    );
  });

  it("differs for values that differ", () => {
    fc.assert(
      fc.property(value, value, (x, y) => {
        expect(encodeValue(x) === encodeValue(y)).toBe(isDeepStrictEqual(x, y));
      }),
      { numRuns: 300 },
    );
    const lookAlikes = [
      0,
      -0,
      "-0",
      0n,
      { $: "-0" },
      [],
      {},
      "",
      new Uint8Array(),
      new Int8Array(),
      null,
      false,
    ];
    expect(new Set(lookAlikes.map((each) => encodeValue(each))).size).toBe(lookAlikes.length);
  });

  it("never changes: records and frozen values of old runs are named by its hash", () => {
    const sample = {
      b: [1, -0, Number.NaN, 1e21, 0.1],
      a: { $: "x", "10": 12n, "9": true },
      bytes: Uint8Array.of(1, 2, 255),
      floats: Float64Array.of(1.5, Number.NaN),
    };
    expect(encodeValue(sample)).toBe(
      '{"a":{"$$":"x","10":{"$":"bigint","value":"12"},"9":true},' +
        '"b":[1,{"$":"-0"},{"$":"NaN"},1e+21,0.1],' +
        '"bytes":{"$":"Uint8Array","bytes":"AQL/"},' +
        '"floats":{"$":"Float64Array","bytes":"AAAAAAAA+D8AAAAAAAD4fw=="}}',
    );
  });

  it("is the same for every bit pattern of NaN", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: (1n << 52n) - 1n }), fc.boolean(), (payload, isNegative) => {
        const bits = ((isNegative ? 0xfffn : 0x7ffn) << 52n) | payload;
        const odd = new Float64Array(BigUint64Array.of(bits).buffer);
        expect(encodeValue(odd)).toBe(encodeValue(Float64Array.of(Number.NaN)));
      }),
    );
  });

  it("holds the elements of a view only, also of shared memory", () => {
    const whole = Float32Array.of(1, 2, 3, 4);
    expect(decodeValue(encodeValue(whole.subarray(1, 3)))).toEqual(Float32Array.of(2, 3));
    const shared = new Int32Array(new SharedArrayBuffer(8)).fill(7);
    expect(decodeValue(encodeValue(shared))).toEqual(Int32Array.of(7, 7));
  });

  it("takes objects without a prototype, and leaves out what is not enumerable", () => {
    const bare = Object.assign(Object.create(null) as object, { a: 1 });
    const shown = Object.defineProperty({ a: 1 }, "plot", { value: () => {} });
    Object.defineProperty(shown, Symbol("display"), { value: () => {} });
    expect([encodeValue(bare), encodeValue(shown)]).toEqual(['{"a":1}', '{"a":1}']);
  });
});

describe("a value without a text", () => {
  class Position {
    size = 1;
  }
  const cyclic: Record<string, unknown> = {};
  cyclic.self = cyclic;

  const kinds: [string, unknown, RegExp][] = [
    ["a function", () => 1, /is a function$/],
    ["a class", Position, /is a function$/],
    ["a symbol", Symbol("s"), /is a symbol$/],
    ["undefined", undefined, /is undefined$/],
    ["a Date", new Date(0), /is an instance of Date$/],
    ["a Map", new Map(), /is an instance of Map$/],
    ["a Set", new Set(), /is an instance of Set$/],
    ["a WeakMap", new WeakMap(), /is an instance of WeakMap$/],
    ["a promise", Promise.resolve(1), /is an instance of Promise$/],
    ["an error", new Error("x"), /is an instance of Error$/],
    ["a regular expression", /x/, /is an instance of RegExp$/],
    ["a boxed number", Object(1), /is an instance of Number$/],
    ["an instance of a class", new Position(), /is an instance of Position$/],
    ["an object that inherits from an object", Object.create({ a: 1 }), /is an instance of Object$/],
    ["a Buffer", Buffer.from("x"), /is an instance of Buffer$/],
    ["an ArrayBuffer", new ArrayBuffer(1), /is an instance of ArrayBuffer$/],
    ["a DataView", new DataView(new ArrayBuffer(1)), /is an instance of DataView$/],
    ["a list of a class of its own", new (class Rows extends Array {})(), /is an instance of Rows$/],
    ["an object with a symbol as key", { [Symbol("k")]: 1 }, /has the key Symbol\(k\)$/],
  ];

  it.each(kinds)("is %s, refused with its path wherever it stands", (_, bad, problem) => {
    const place = fc.array(fc.oneof(fc.constantFrom("a", "big name", "$"), fc.nat({ max: 3 })), {
      maxLength: 6,
    });
    fc.assert(
      fc.property(place, value, (keys, beside) => {
        const whole = keys.reduceRight<unknown>(
          (inner, at) =>
            typeof at === "number"
              ? [...Array<number>(at).fill(1), inner, beside]
              : { [at]: inner, zz: beside },
          bad,
        );
        const path = keys
          .map((at) => (typeof at === "number" ? `[${at}]` : at === "big name" ? '["big name"]' : `.${at}`))
          .join("");
        const error = refusalOf(whole, "best");
        expect(error.code).toBe("freeze.bad-value");
        expect(error.fields.path).toBe(`best${path}`);
        expect(error.message).toMatch(problem);
        expect(error.message.startsWith(`best${path} `)).toBe(true);
        expect(error.hint).toBeTruthy();
      }),
      { numRuns: 20 },
    );
  });

  it("is a cycle, a getter, a hole, a field of a list, or too deep", () => {
    expect(refusalOf({ a: [cyclic] }, "x").message).toBe("x.a[0].self leads back to x.a[0]");
    const own = {
      get now() {
        return 1;
      },
    };
    expect(refusalOf({ own }, "x").message).toBe("x.own.now is a getter or setter");
    expect(refusalOf({ list: new Array(2) }, "x").message).toBe("x.list[0] is undefined");
    expect(refusalOf({ match: /b/.exec("abc") }, "x").message).toBe("x.match.groups is a field of a list");
    let deep: unknown = 1;
    for (let i = 0; i < 5000; i++) deep = [deep];
    expect(refusalOf(deep).message).toMatch(/lies more than 1000 levels deep$/);
  });

  it("is not a value that is reached twice without a cycle", () => {
    const shared = { a: 1 };
    expect(decodeValue(encodeValue([shared, { shared }]))).toEqual([{ a: 1 }, { shared: { a: 1 } }]);
  });

  it("is refused with a stack that leads to the caller, however deep it lies", () => {
    let deep: unknown = () => 1;
    for (let i = 0; i < 200; i++) deep = { deep };
    expect(refusalOf(deep).stack).toContain("refusalOf");
  });
});

it("typed arrays inside a value are listed with their paths", () => {
  const model = { bytes: Uint8Array.of(1), list: [{ "odd name": Float64Array.of(2) }], plain: "x" };
  expect(typedArraysIn(model, "up")).toEqual([
    { path: "up.bytes", array: model.bytes },
    { path: 'up.list[0]["odd name"]', array: Float64Array.of(2) },
  ]);
});

it("a frozen value has its own type, read-only all the way down", () => {
  interface Held {
    list: { n: number }[];
    big: bigint;
    bytes: Uint8Array;
    side?: "buy" | "sell";
  }
  interface Kept {
    readonly list: readonly { readonly n: number }[];
    readonly big: bigint;
    readonly bytes: Uint8Array;
    readonly side?: "buy" | "sell";
  }
  expectTypeOf<Frozen<Held>>().toEqualTypeOf<Kept>();
  expectTypeOf<Frozen<OnnxExport>>().toExtend<ModelArtifact>();
  expectTypeOf<Frozen<Float64Array>>().toEqualTypeOf<Float64Array>();
});
