import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type Content, PROTOCOL_VERSION } from "../wire/message.ts";

/** The content of the reply to a `kernel_info_request`. */
export function kernelInfo(): Content {
  const version = packageVersion("tickbook");
  const typescript = packageVersion("typescript");
  return {
    status: "ok",
    protocol_version: PROTOCOL_VERSION,
    implementation: "tickbook",
    implementation_version: version,
    language_info: {
      name: "typescript",
      version: typescript,
      mimetype: "text/x-typescript",
      file_extension: ".ts",
      codemirror_mode: "typescript",
      pygments_lexer: "typescript",
      nbconvert_exporter: "script",
    },
    banner: `tickbook ${version}: TypeScript ${typescript} on Node ${process.version}`,
    help_links: [
      { text: "TypeScript handbook", url: "https://www.typescriptlang.org/docs/handbook/intro.html" },
      { text: "Node.js", url: "https://nodejs.org/docs/latest-v20.x/api/" },
    ],
    debugger: false,
    supported_features: [],
  };
}

/** Reads it from the package's own file: loading TypeScript itself would take a quarter of a second. */
export function packageVersion(name: string): string {
  const path = createRequire(import.meta.url).resolve(`${name}/package.json`);
  return String((JSON.parse(readFileSync(path, "utf8")) as { version?: unknown }).version);
}
