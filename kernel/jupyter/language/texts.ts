import type { CompletionEntry, JSDocTagInfo, QuickInfo, SignatureHelpItems } from "typescript";
import type { CompletionMatch, Inspection } from "./types.ts";

type TypeScript = typeof import("typescript");

const MATCHES_MAX = 500;
/** TypeScript's kinds as Jupyter's front ends have icons for them. */
const TYPES: Readonly<Record<string, string>> = {
  function: "function",
  "local function": "function",
  method: "function",
  constructor: "function",
  class: "class",
  interface: "interface",
  type: "type",
  enum: "enum",
  "enum member": "enum",
  module: "module",
  "external module name": "module",
  script: "file",
  directory: "folder",
  keyword: "keyword",
  property: "property",
  getter: "property",
  setter: "property",
  string: "value",
};

/** Those that begin with what is typed, the most fitting first. */
export function matchesFrom(entries: readonly CompletionEntry[], typed: string): CompletionMatch[] {
  return entries
    .filter(({ name, insertText }) => name.startsWith(typed) && insertText === undefined && name !== typed)
    .sort((a, b) => (a.sortText < b.sortText ? -1 : a.sortText > b.sortText ? 1 : a.name < b.name ? -1 : 1))
    .slice(0, MATCHES_MAX)
    .map(({ name, kind }) => ({ text: name, type: TYPES[kind] ?? "variable" }));
}

/** What something is, and what is written about it; at detail 1 with its tags. */
export function quickInfoText(ts: TypeScript, info: QuickInfo, detail: 0 | 1): Inspection {
  const signature = ts.displayPartsToString(info.displayParts);
  const docs = ts.displayPartsToString(info.documentation);
  return inspection(signature, [
    docs,
    ...(detail === 1 ? (info.tags ?? []).map((tag) => tagText(ts, tag)) : []),
  ]);
}

/** The call around the cursor: its signatures, the argument that is next, and what is written about it. */
export function signatureText(
  ts: TypeScript,
  { items, selectedItemIndex, argumentIndex }: SignatureHelpItems,
): Inspection {
  const [first, ...others] = [items[selectedItemIndex]!, ...items.filter((_, i) => i !== selectedItemIndex)];
  const lines = [first, ...others].map(
    ({ prefixDisplayParts, separatorDisplayParts, suffixDisplayParts, parameters }) => {
      const text = ts.displayPartsToString;
      const list = parameters.map(({ displayParts }) => text(displayParts)).join(text(separatorDisplayParts));
      return `${text(prefixDisplayParts)}${list}${text(suffixDisplayParts)}`;
    },
  );
  const parameter = first.parameters[argumentIndex];
  const about = parameter ? ts.displayPartsToString(parameter.documentation) : "";
  const docs = ts.displayPartsToString(first.documentation);
  return inspection(lines.join("\n"), [parameter && about ? `${parameter.name}: ${about}` : "", docs]);
}

function inspection(signature: string, parts: readonly string[]): Inspection {
  const docs = parts.filter((part) => part !== "").join("\n\n");
  return {
    text: docs === "" ? signature : `${signature}\n\n${docs}`,
    markdown: `\`\`\`typescript\n${signature}\n\`\`\`${docs === "" ? "" : `\n\n${docs}`}`,
  };
}

function tagText(ts: TypeScript, { name, text }: JSDocTagInfo): string {
  return `@${name} ${ts.displayPartsToString(text)}`.trimEnd();
}
