import { statSync } from "node:fs";

/**
 * The local TypeScript or JSON file that a relative specifier means, tried as TypeScript does: as written, with `.ts`,
 * `.js` read as `.ts`, and `index.ts` of a folder.
 */
export function resolveLocal(specifier: string, parentUrl: string): URL | undefined {
  if (!/^(\.{1,2}\/|\/|file:)/.test(specifier)) return undefined;
  const base = new URL(specifier, parentUrl);
  const names = [
    base.pathname,
    `${base.pathname}.ts`,
    `${base.pathname}.mts`,
    base.pathname.replace(/\.js$/, ".ts"),
    base.pathname.replace(/\.mjs$/, ".mts"),
    `${base.pathname.replace(/\/$/, "")}/index.ts`,
  ];
  for (const name of names.filter((each) => /\.(m?ts|json)$/.test(each))) {
    const candidate = new URL(name, base);
    if (isFile(candidate)) return candidate;
  }
  return undefined;
}

/** Also false for `signals.js/index.ts` where `signals.js` is a file: that throws whatever is asked for. */
function isFile(url: URL): boolean {
  try {
    return statSync(url).isFile();
  } catch {
    return false;
  }
}
