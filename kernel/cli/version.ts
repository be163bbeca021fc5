import { readFileSync } from "node:fs";

/** Folder of the package: above `kernel/cli`, built or not. */
export const packageRoot = new URL(
  import.meta.url.includes("/dist/kernel/cli/") ? "../../../" : "../../",
  import.meta.url,
);

export function packageVersion(): string {
  const text = readFileSync(new URL("package.json", packageRoot), "utf8");
  return String((JSON.parse(text) as { version?: unknown }).version);
}
