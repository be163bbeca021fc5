export type Yaml = string | null | Yaml[] | { [key: string]: Yaml };

interface Line {
  readonly indent: number;
  readonly text: string;
}

/**
 * The part of YAML that compose.yml is written in: maps and lists by indentation, lists and texts in JSON's form, plain
 * texts, comments on lines of their own. All scalars are texts. Whatever else YAML has is an error.
 */
export function parseYaml(text: string): Yaml {
  const lines: Line[] = text
    .split("\n")
    .filter((line) => !/^\s*(#|$)/.test(line))
    .map((line) => ({ indent: /^ */.exec(line)![0].length, text: line.trim() }));
  let at = 0;

  function block(indent: number): Yaml {
    return lines[at]!.text.startsWith("- ") ? list(indent) : map(indent);
  }

  function list(indent: number): Yaml[] {
    const found: Yaml[] = [];
    while (lines[at]?.indent === indent) {
      const { text: item } = lines[at]!;
      if (!item.startsWith("- ")) throw new Error(`no item of a list: ${item}`);
      const rest = item.slice(2);
      if (keyOf(rest)) {
        lines[at] = { indent: indent + 2, text: rest };
        found.push(map(indent + 2));
      } else {
        at++;
        found.push(scalar(rest));
      }
    }
    return found;
  }

  function map(indent: number): Yaml {
    const found: { [key: string]: Yaml } = {};
    while (lines[at]?.indent === indent) {
      const [key, rest] = keyOf(lines[at]!.text) ?? fail(lines[at]!.text);
      if (key in found) throw new Error(`${key} stands there twice`);
      const inner = lines[++at]?.indent ?? 0;
      if (rest !== "") found[key] = scalar(rest);
      else found[key] = inner > indent ? block(inner) : null;
    }
    return found;
  }

  const found = block(0);
  return at === lines.length ? found : fail(lines[at]!.text);
}

function keyOf(text: string): [string, string] | undefined {
  const [, key, rest = ""] = /^([\w.-]+):(?: (.+))?$/.exec(text) ?? [];
  return key === undefined ? undefined : [key, rest];
}

function scalar(text: string): Yaml {
  if (/^["[]/.test(text)) return JSON.parse(text) as Yaml;
  return /^[&*!|>%@`'{}?#,\]]|: |:$| #|\t/.test(text) ? fail(text) : text;
}

function fail(text: string): never {
  throw new Error(`not understood: ${text}`);
}
