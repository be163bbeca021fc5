/** The page and the README's table of layers, from the table that writes them. */
import { ACTIVATIONS } from "../../../../exports/onnx/net/activations.ts";
import { FAMILIES, REFUSED } from "../../../../exports/onnx/net/table.ts";

const families = Object.entries(FAMILIES).map(
  ([family, layers]) => [family[0]!.toUpperCase() + family.slice(1), Object.entries(layers)] as const,
);

/** docs/onnx-layers.md */
export function layersPage(): string {
  const sections = families.map(([family, layers]) => {
    const rows = layers.map(([name, { becomes, limits }]) => `| ${name} | ${becomes} | ${limits ?? ""} |`);
    return `## ${family}\n\n| layer | becomes | limits |\n|---|---|---|\n${rows.join("\n")}\n`;
  });
  const refused = Object.entries(REFUSED).map(([name, instead]) => `| ${name} | ${instead} |`);
  return `# Layers as ONNX

What \`exportOnnx\` can write of a network: operators of opset 17, float32, no custom ones. Each layer is compared with
tfjs in onnxruntime on random settings, weights and rows, within 1e-5 of the row's scale, and each predicts for a row the
same bits alone and at any place in a batch, on one thread. With \`int8\`, the products of Dense, of attention and of
steps written out take 8-bit weights, one scale a column, and quantise every row of the input on its own.

A layer that is not here, or a setting that a limit excludes, is refused with \`exports.unsupported-layer\`: by name, with
its place in the network, before anything is written.

Activations: ${Object.keys(ACTIVATIONS).join(", ")}.

${sections.join("\n")}
## Refused

| layer | instead |
|---|---|
${refused.join("\n")}
`;
}

/** The README's table: families and their layers. */
export function layersTable(): string {
  const rows = families.map(
    ([family, layers]) => `| ${family} | ${layers.map(([name]) => name).join(", ")} |`,
  );
  return `| family | layers |\n|---|---|\n${rows.join("\n")}\n`;
}
