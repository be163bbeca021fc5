import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import { type Command, Option } from "commander";
import { fail } from "#core";

export interface ParameterFlags {
  readonly param?: readonly string[];
  readonly raw?: readonly string[];
  readonly paramsFile?: readonly string[];
}

/** Values for a notebook's parameters; those named in `raw` are texts whatever they look like. */
export interface GivenParameters {
  readonly parameters: Record<string, unknown>;
  readonly raw: string[];
}

/** For an option that may be given several times. */
export function oneMore(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/** Adds `-p name value`, `-p name=value`, `-r` and `-f` to a command. */
export function withParameterOptions(command: Command): Command {
  const parse = command.parseOptions.bind(command);
  command.parseOptions = (argv) => parse(joinPairs(argv));
  return command
    .addOption(
      new Option("-p, --param <name value>", "set a parameter, read as its declared type").argParser(oneMore),
    )
    .addOption(
      new Option("-r, --raw <name value>", "set a parameter to this text as it is").argParser(oneMore),
    )
    .addOption(
      new Option("-f, --params-file <file>", "set parameters from a .json or .yaml file").argParser(oneMore),
    );
}

/** Files first, in their order; then -r, then -p: the last to name a parameter sets it. Errors: `cli.bad-option`, `cli.bad-parameter-file`. */
export async function givenParameters(flags: ParameterFlags): Promise<GivenParameters> {
  const values = new Map<string, unknown>();
  for (const file of flags.paramsFile ?? []) {
    for (const [name, value] of Object.entries(await readParameterFile(file))) values.set(name, value);
  }
  // A text in a file has its type by its quotes.
  const raw = new Set([...values].flatMap(([name, value]) => (typeof value === "string" ? [name] : [])));
  for (const [name, value] of pairsOf("--raw", flags.raw ?? [])) {
    values.set(name, value);
    raw.add(name);
  }
  for (const [name, value] of pairsOf("--param", flags.param ?? [])) {
    values.set(name, value);
    raw.delete(name);
  }
  return { parameters: Object.fromEntries(values), raw: [...raw] };
}

/**
 * `-p name value` takes two words, which the parser of the command line does not know: they become one, `name=value`.
 * A first word with = in it is whole, and so are those like it that follow.
 */
function joinPairs(argv: readonly string[]): string[] {
  const joined: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const flag = argv[i]!;
    const isPair = ["-p", "--param", "-r", "--raw"].includes(flag);
    const first = argv[i + 1];
    if (!isPair || first === undefined) {
      joined.push(flag);
      continue;
    }
    const long = flag === "-r" || flag === "--raw" ? "--raw" : "--param";
    i++;
    if (!isAssignment(first)) {
      const value = argv[i + 1];
      joined.push(`${long}=${value === undefined ? first : `${first}=${value}`}`);
      i++;
      continue;
    }
    joined.push(`${long}=${first}`);
    for (; isAssignment(argv[i + 1]); i++) joined.push(`${long}=${argv[i + 1]!}`);
  }
  return joined;
}

const isAssignment = (word: string | undefined) => word !== undefined && /^[^\s=-][^\s=]*=/.test(word);

function pairsOf(flag: string, pairs: readonly string[]): [string, string][] {
  return pairs.map((pair) => {
    const at = pair.indexOf("=");
    if (at < 1) {
      fail("cli.bad-option", {
        message: `${flag} ${pair}: a parameter is written name value, or name=value`,
        hint: "For example: -p horizon 10 -p seed=3",
        fields: { pair },
      });
    }
    return [pair.slice(0, at), pair.slice(at + 1)];
  });
}

async function readParameterFile(file: string): Promise<Record<string, unknown>> {
  const text = await readFile(file, "utf8").catch((cause: unknown) =>
    refuse(file, `it cannot be read: ${(cause as Error).message}`),
  );
  const { parse, YAMLParseError } = await import("yaml");
  let value: unknown;
  try {
    value = extname(file) === ".json" ? JSON.parse(text) : (parse(text.replace(/^\uFEFF/, "")) ?? {});
  } catch (error) {
    const line = error instanceof YAMLParseError ? error.linePos?.[0].line : undefined;
    const [problem] = (error as Error).message.split("\n");
    return refuse(file, line === undefined ? String(problem) : `line ${line}: ${problem}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return refuse(file, "it does not hold names with values");
  return value as Record<string, unknown>;
}

function refuse(file: string, problem: string): never {
  fail("cli.bad-parameter-file", {
    message: `the parameter file ${file}: ${problem}`,
    hint: 'Write one "name: value" a line, or a JSON object in a file that ends in .json.',
    fields: { file },
  });
}
