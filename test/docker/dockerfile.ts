import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../tidy/sources.ts";

export interface Instruction {
  /** "COPY" */
  readonly name: string;
  /** `from` of `--from=build`. */
  readonly flags: Readonly<Record<string, string>>;
  readonly text: string;
  /** Words of the text, or of its JSON form. */
  readonly words: readonly string[];
}

/** The stages of a Dockerfile; each begins with its FROM. */
export function readDockerfile(path: string): Instruction[][] {
  const text = readFileSync(join(ROOT, path), "utf8");
  const lines = text
    .split("\n")
    .filter((line) => !/^\s*#/.test(line))
    .join("\n")
    .replace(/\\\n/g, " ")
    .split("\n")
    .filter((line) => line.trim() !== "");
  const stages: Instruction[][] = [];
  for (const line of lines) {
    const instruction = instructionFrom(line);
    if (instruction.name === "FROM") stages.push([]);
    const stage = stages.at(-1);
    if (!stage) throw new Error(`${path}: ${instruction.name} before FROM`);
    stage.push(instruction);
  }
  return stages;
}

function instructionFrom(line: string): Instruction {
  const [, name, found, rest] = /^([A-Z]+) ((?:--[a-z-]+=\S+ )*)(.+)$/.exec(line) ?? [];
  if (name === undefined || found === undefined || rest === undefined)
    throw new Error(`not understood: ${line}`);
  const flags = Object.fromEntries(
    found
      .split(" ")
      .filter((flag) => flag !== "")
      .map((flag) => flag.slice(2).split("=") as [string, string]),
  );
  const text = rest.trim().replace(/ +/g, " ");
  // HEALTHCHECK CMD [...]
  const list = /^(?:CMD )?(\[.*\])$/.exec(text)?.[1];
  return { name, flags, text, words: list ? (JSON.parse(list) as string[]) : text.split(" ") };
}

/** Whether a path of the repository is kept out of the build by .dockerignore: the last pattern that fits decides. */
export function readIgnore(): (path: string) => boolean {
  const rules = readFileSync(join(ROOT, ".dockerignore"), "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => ({ isException: line.startsWith("!"), fits: patternFrom(line.replace(/^!/, "")) }));
  return (path) => {
    const parts = path.split("/");
    const withParents = parts.map((_, i) => parts.slice(0, i + 1).join("/"));
    const last = rules.findLast(({ fits }) => withParents.some((each) => fits.test(each)));
    return last !== undefined && !last.isException;
  };
}

function patternFrom(glob: string): RegExp {
  const source = glob
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replace(
      /\*\*\/|\*\*|\*|\?/g,
      (sign) => ({ "**/": "(?:.*/)?", "**": ".*", "*": "[^/]*" })[sign] ?? "[^/]",
    );
  return new RegExp(`^${source}$`);
}
