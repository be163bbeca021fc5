/** What `tslab` means in a notebook: the display functions of that kernel, on top of this one. */
import { Buffer } from "node:buffer";
import { createRequire } from "node:module";
import process from "node:process";
import { type MimeBundle, registeredSession } from "./ports.ts";

/** Shows one value in one form. */
export interface Display {
  javascript(text: string): void;
  html(text: string): void;
  markdown(text: string): void;
  latex(text: string): void;
  svg(text: string): void;
  png(bytes: Uint8Array): void;
  jpeg(bytes: Uint8Array): void;
  gif(bytes: Uint8Array): void;
  pdf(bytes: Uint8Array): void;
  text(text: string): void;
  raw(contentType: string, content: string | Uint8Array): void;
}

const require = createRequire(import.meta.url);

/** Of the tslab whose functions these are, of our TypeScript, and of Node. */
export const versions = {
  tslab: "1.0.22",
  get typescript(): string {
    return (require("typescript/package.json") as { readonly version: string }).version;
  },
  node: process.version,
};

/** Each call adds an output. */
export const display: Display = displayWith((bundle) => show(bundle));

let displays = 0;

/** Each call replaces what the one before it showed, in place. */
export function newDisplay(): Display {
  const id = `tslab-${process.pid}-${++displays}`;
  let update = false;
  return displayWith((bundle) => {
    show(bundle, { id, update });
    update = true;
  });
}

function show(bundle: MimeBundle, options?: { readonly id: string; readonly update: boolean }): void {
  registeredSession()?.display(bundle, options);
}

function displayWith(shown: (bundle: MimeBundle) => void): Display {
  const raw = (contentType: string, content: string | Uint8Array) =>
    shown({ [contentType]: typeof content === "string" ? content : Buffer.from(content).toString("base64") });
  const as = (contentType: string) => (content: string | Uint8Array) => raw(contentType, content);
  return {
    javascript: as("text/javascript"),
    html: as("text/html"),
    markdown: as("text/markdown"),
    latex: as("text/latex"),
    svg: as("image/svg+xml"),
    png: as("image/png"),
    jpeg: as("image/jpeg"),
    gif: as("image/gif"),
    pdf: as("application/pdf"),
    text: as("text/plain"),
    raw,
  };
}
