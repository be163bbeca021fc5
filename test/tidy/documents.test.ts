import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { ERROR_CODES } from "#core";
import { FEATURE_CATALOG, GROUPS, type ParamSpec } from "#features";
import { LIVE_METRICS } from "#live";
import { productSources, ROOT, trackedFiles } from "./sources.ts";

const read = (path: string) => readFileSync(join(ROOT, path), "utf8");

function errorsPage(): string {
  const rows = Object.entries(ERROR_CODES).map(
    ([code, { act, meaning }]) => `| \`${code}\` | ${act} | ${meaning} |`,
  );
  return `# Error codes

Every error says what happened, where, the value seen and what to do, and ends with one of these codes. "Who acts" is
the first thing to know: \`input\`, whoever gave the value; \`refused\`, the strategy (trading goes on); \`transient\`,
nobody yet (it is tried again within a limit); \`operator\`, a person (trading stops until then); \`bug\`, us.

| code | who acts | meaning |
|---|---|---|
${rows.join("\n")}
`;
}

function rangeText([name, spec]: [string, ParamSpec]): string {
  if (spec.kind === "choice") return `${name} ${spec.options.join(" / ")} (${spec.default})`;
  return `${name} ${spec.min} to ${spec.max} (${spec.default})`;
}

function featuresPage(): string {
  const sections = GROUPS.flatMap((group) => {
    const list = FEATURE_CATALOG.filter((one) => one.group === group);
    if (list.length === 0) return [];
    const rows = list.map(({ id, talib, params, outputs, unit, summary, source }) => {
      const ranges = Object.entries(params).map(rangeText).join(", ");
      const units = typeof unit === "string" ? unit : unit.join(", ");
      return `| \`${id}\` | ${ranges} | ${outputs.join(", ")} | ${units} | ${summary} | ${source} | ${talib ?? ""} |`;
    });
    return [
      `## ${group[0]!.toUpperCase()}${group.slice(1)}\n`,
      "| feature | parameters | outputs | unit | what it is | source and conventions | TA-Lib |\n|---|---|---|---|---|---|---|",
      `${rows.join("\n")}\n`,
    ];
  });
  return `# Features

${FEATURE_CATALOG.length} definitions; each is said once and runs in research and live alike. Parameters with their range and
default. The same as data: \`tickbook features ls --json\`.

${sections.join("\n")}`;
}

function metricsPage(): string {
  const rows = LIVE_METRICS.map(
    ({ name, kind, labels, help }) => `| \`${name}\` | ${kind} | ${labels.join(", ")} | ${help} |`,
  );
  return `# Metrics

\`tickbook live --metrics 9464\` (and \`live start --metrics 9464\`, which remembers it) serves these at
http://127.0.0.1:9464/metrics, with how the process does: \`process_*\` and \`nodejs_*\`, of prom-client. The account's
folder holds the word that a request must carry, so Prometheus reads it like this:

\`\`\`yaml
scrape_configs:
  - job_name: tickbook
    authorization: { credentials_file: /path/to/.tickbook/live/main/metrics.token }
    static_configs: [{ targets: ["127.0.0.1:9464"] }]
\`\`\`

Money is in the account's currency. A value that is not known has no line.

| metric | kind | labels | what it is |
|---|---|---|---|
${rows.join("\n")}
`;
}

/** The README's table: how many features of which group, and how many of them are TA-Lib's. */
function featureCounts(): string {
  const rows = GROUPS.map((group) => {
    const list = FEATURE_CATALOG.filter((one) => one.group === group);
    return `| ${group} | ${list.length} | ${list.filter(({ talib }) => talib !== undefined).length} |`;
  });
  return `| features | in all | equal to TA-Lib's |\n|---|---|---|\n${rows.join("\n")}\n`;
}

describe("documents", () => {
  it("the README's table of features comes from the catalog", () => {
    const path = join(ROOT, "README.md");
    const [start, end] = ["<!-- features -->\n", "<!-- /features -->"];
    const text = readFileSync(path, "utf8");
    const [before = "", rest = ""] = text.split(start);
    const [table = "", after = ""] = rest.split(end);
    if (process.env.UPDATE_DOCS) writeFileSync(path, `${before}${start}${featureCounts()}${end}${after}`);
    else expect(table).toBe(featureCounts());
  });

  it("every error code is used", () => {
    const sources = productSources().filter(({ path }) => !path.startsWith("lib/core/error-codes"));
    // A code is written out, or put together from its room and a status.
    const isUsed = (code: string) =>
      sources.some(({ text }) => text.includes(`"${code}"`) || text.includes(`\`${code.split(".")[0]}.\${`));
    expect(Object.keys(ERROR_CODES).filter((code) => !isUsed(code))).toEqual([]);
  });

  it.each([
    ["docs/errors.md", errorsPage],
    ["docs/features.md", featuresPage],
    ["docs/metrics.md", metricsPage],
  ])("%s says what the code says", (path, page) => {
    // UPDATE_DOCS=1 npx vitest run test/tidy writes the pages anew.
    if (process.env.UPDATE_DOCS === "1") writeFileSync(join(ROOT, path), page());
    expect(read(path)).toBe(page());
  });

  it("links between documents lead somewhere", () => {
    const broken = trackedFiles()
      .filter((path) => path.endsWith(".md"))
      .flatMap((path) =>
        [...read(path).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)]
          .filter(([, link]) => !existsSync(join(ROOT, dirname(path), link!)))
          .map(([, link]) => `${path}: ${link}`),
      );
    expect(broken).toEqual([]);
  });

  it("files that documents name in code exist", () => {
    const broken = ["README.md", "CONTRIBUTING.md", "docs/architecture.md"].flatMap((path) =>
      [
        ...read(path).matchAll(
          /`((?:kernel|lib|features|optimize|exports|test|bench|docs|notebooks|docker)\/[\w./-]*)`/g,
        ),
      ]
        .filter(([, file]) => !existsSync(join(ROOT, file!)))
        .map(([, file]) => `${path}: ${file}`),
    );
    expect(broken).toEqual([]);
  });

  it("every npm script that the README names exists", () => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    const named = [...read("README.md").matchAll(/npm run ([\w:]+)/g)].map(([, name]) => name!);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  it("the project names no machine, workplace or registry host", () => {
    const words = [
      ["/wo", "rk/"],
      ["/ro", "ot/"],
      ["/far", "m/"],
      ["/.lib", "rary"],
      ["registry.", "npmjs"],
      ["pypi", ".org"],
      ["deb.", "debian"],
    ].map((parts) => parts.join(""));
    const found = trackedFiles()
      .filter((path) => /\.(ts|mjs|md|json|ipynb|yml|yaml|html)$/.test(path) && path !== "package-lock.json")
      .flatMap((path) => words.filter((word) => read(path).includes(word)).map((word) => `${path}: ${word}`));
    expect(found).toEqual([]);
  });
});
