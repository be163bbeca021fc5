import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { ERROR_CODES } from "#core";
import { FEATURE_CATALOG } from "#features";
import { productSources, ROOT, trackedFiles } from "./sources.ts";

const read = (path: string) => readFileSync(join(ROOT, path), "utf8");

describe("documents", () => {
  it("every error code is used, and has a meaning in docs/errors.md", () => {
    const sources = productSources().filter(({ path }) => path !== "lib/core/error-codes.ts");
    const page = read("docs/errors.md");
    // A code is written out, or put together from its room and a status.
    const isUsed = (code: string) =>
      sources.some(({ text }) => text.includes(`"${code}"`) || text.includes(`\`${code.split(".")[0]}.\${`));
    const unused = Object.keys(ERROR_CODES).filter((code) => !isUsed(code));
    const undocumented = Object.entries(ERROR_CODES).filter(
      ([code, { act, meaning }]) => !page.includes(`| \`${code}\` | ${act} | ${meaning} |`),
    );
    expect({ unused, undocumented: undocumented.map(([code]) => code) }).toEqual({
      unused: [],
      undocumented: [],
    });
    const listed = [...page.matchAll(/^\| `([a-z-]+\.[a-z-]+)` \|/gm)].map(([, code]) => code);
    expect(listed.toSorted()).toEqual(Object.keys(ERROR_CODES).toSorted());
  });

  it("docs/features.md lists exactly the features of the catalog", () => {
    const listed = [...read("docs/features.md").matchAll(/^\| `([a-z.-]+)` \|/gm)].map(([, id]) => id);
    expect(listed.toSorted()).toEqual(FEATURE_CATALOG.map(({ id }) => id).toSorted());
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
