import fc from "fast-check";

/** Notebooks of every minor version of format 4, in the ways that programs have written them. */
const json = fc.jsonValue({ maxDepth: 2 });
const metadata = fc.record(
  {
    tags: fc.uniqueArray(fc.constantFrom("parameters", "hide-input", "a b", "ü"), { maxLength: 2 }),
    collapsed: fc.boolean(),
    scrolled: fc.constantFrom(true, false, "auto"),
    jupyter: fc.constant({ source_hidden: true }),
    vendor: json,
  },
  { requiredKeys: [] },
);
const text = fc.oneof(
  fc.constantFrom(
    "1 + 1",
    "// only a comment",
    "",
    "console.log('a')\nconsole.error('b')\n",
    "let x = 1;\r\nx",
  ),
  fc.string().map((one) => `// ${one.replaceAll(/[\r\n\u2028\u2029]/g, " ")}`),
);
const asWritten = (source: string) =>
  fc.constantFrom<unknown>(source, source.match(/[^\n]*\n|[^\n]+/g) ?? []);
const source = text.chain(asWritten);
const stored = fc.oneof(
  fc.record({ output_type: fc.constant("stream"), name: fc.constantFrom("stdout", "stderr"), text: source }),
  fc.record({
    output_type: fc.constant("display_data"),
    data: fc.record({ "text/plain": source, "application/json": json, "image/png": fc.constant("AAAA\n") }),
    metadata: fc.constant({}),
  }),
  fc.record({
    output_type: fc.constant("execute_result"),
    execution_count: fc.option(fc.nat()),
    data: fc.record({ "text/html": source }),
    metadata: fc.constant({}),
  }),
  fc.record({
    output_type: fc.constant("error"),
    ename: fc.string(),
    evalue: fc.string(),
    traceback: fc.array(fc.string()),
  }),
);
const attachments = fc.constant({ "a.png": { "image/png": "AAAA" } });
const cell = fc.oneof(
  fc.record({
    cell_type: fc.constant("code"),
    metadata,
    source,
    execution_count: fc.option(fc.nat()),
    outputs: fc.array(stored, { maxLength: 3 }),
  }),
  fc.record(
    { cell_type: fc.constantFrom("markdown", "raw"), metadata, source, attachments },
    { requiredKeys: ["cell_type", "metadata", "source"] },
  ),
);

/** Files of format 4.0 to 4.5; before 4.5 cells have no ids. */
export const anyNotebook: fc.Arbitrary<Record<string, unknown>> = fc
  .record({
    minor: fc.integer({ min: 0, max: 5 }),
    cells: fc.array(cell, { maxLength: 6 }),
    metadata: fc.record(
      {
        kernelspec: fc.record({
          name: fc.string({ minLength: 1 }),
          display_name: fc.string({ minLength: 1 }),
        }),
        language_info: fc.constant({ name: "typescript", codemirror_mode: { name: "ts" } }),
        title: fc.string(),
        authors: fc.constant([{ name: "A" }]),
        vendor: json,
      },
      { requiredKeys: [] },
    ),
  })
  .map(({ minor, cells, metadata }) => ({
    ...{ nbformat: 4, nbformat_minor: minor, metadata },
    cells: cells.map((one, i) => (minor < 5 ? one : { ...one, id: `cell_${i}-x` })),
  }));
