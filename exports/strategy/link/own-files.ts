import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const HERE = fileURLToPath(import.meta.url);
const IS_SOURCE = HERE.endsWith(".ts");

/** The parts of tickbook that a bundle starts from, built or as sources like this file. */
const PARTS = { strategy: "../api.js", machine: "./machine.js", structuredClone: "./structured-clone.js" };

export function ownPart(name: keyof typeof PARTS): string {
  const path = join(dirname(HERE), PARTS[name]);
  return IS_SOURCE ? path.replace(/\.js$/, ".ts") : path;
}

/** Folder of this package: four folders up, or five where it is built. */
export function ownFolder(): string {
  return join(dirname(HERE), IS_SOURCE ? "../../.." : "../../../..");
}

/** Which of package.json's `imports` a bundle takes. */
export const OWN_CONDITION = IS_SOURCE ? "source" : "default";
