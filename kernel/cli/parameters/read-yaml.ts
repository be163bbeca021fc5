/**
 * The part of YAML 1.2 that parameter files are written in: maps and lists by indentation, `[...]` and `{...}`, plain
 * and quoted texts, numbers, booleans, null, comments. Texts over several lines, anchors, aliases and tags are refused
 * by name: half-read they would be other values.
 */
export type YamlValue = null | boolean | number | string | YamlValue[] | { [name: string]: YamlValue };

interface Line {
  readonly number: number;
  readonly indent: number;
  readonly text: string;
}

/** What is wrong, and in which line. The caller knows the file. */
export class YamlError extends Error {
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

/** @returns null for a file of nothing but comments. Throws {@link YamlError}. */
export function readYaml(text: string): YamlValue {
  const lines = linesOf(text);
  const reader = new Blocks(lines);
  const [first] = lines;
  if (!first) return null;
  const value = reader.block(first.indent);
  const rest = reader.peek();
  if (rest) throw new YamlError(rest.number, `"${rest.text}" does not belong to what stands above it`);
  return value;
}

function linesOf(text: string): Line[] {
  return text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .flatMap((raw, i) => {
      const content = withoutComment(raw);
      if (content.trim() === "" || (i === 0 && /^---\s*$/.test(content))) return [];
      if (/^\s*\t/.test(content)) throw new YamlError(i + 1, "a tab cannot indent; use spaces");
      const indent = content.length - content.trimStart().length;
      return [{ number: i + 1, indent, text: content.trim() }];
    });
}

/** A # begins a comment at the start and behind a space, not inside quotes. */
function withoutComment(line: string): string {
  const match = /^(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^#"']|(?<=\S)#|["'])*?(?=\s#|^#|$)/.exec(line);
  return line.startsWith("#") ? "" : (match?.[0] ?? line);
}

class Blocks {
  private readonly lines: Line[];
  private at = 0;

  constructor(lines: Line[]) {
    this.lines = lines;
  }

  peek(): Line | undefined {
    return this.lines[this.at];
  }

  /** The map, list or scalar whose lines have this indentation. */
  block(indent: number): YamlValue {
    const line = this.peek()!;
    if (/^-(\s|$)/.test(line.text)) return this.list(indent);
    if (splitKey(line)) return this.map(indent);
    this.at++;
    return scalarFrom(line.text, line.number);
  }

  private list(indent: number): YamlValue[] {
    const items: YamlValue[] = [];
    for (let line = this.peek(); line?.indent === indent && /^-(\s|$)/.test(line.text); line = this.peek()) {
      const rest = line.text.slice(1).trimStart();
      if (rest === "") {
        this.at++;
        items.push(this.nested(indent));
        continue;
      }
      // What stands behind the dash is a block of its own, indented by its place.
      const inner = indent + line.text.length - rest.length;
      this.lines[this.at] = { ...line, indent: inner, text: rest };
      items.push(this.block(inner));
    }
    return items;
  }

  private map(indent: number): YamlValue {
    const entries = new Map<string, YamlValue>();
    for (let line = this.peek(); line?.indent === indent; line = this.peek()) {
      const pair = splitKey(line);
      if (!pair) throw new YamlError(line.number, `"${line.text}" is no "name: value"`);
      if (entries.has(pair.key)) throw new YamlError(line.number, `"${pair.key}" stands twice`);
      this.at++;
      const isList = pair.rest === "" && this.peek()?.indent === indent && /^-(\s|$)/.test(this.peek()!.text);
      const value =
        pair.rest !== ""
          ? scalarFrom(pair.rest, line.number)
          : isList
            ? this.list(indent)
            : this.nested(indent);
      entries.set(pair.key, value);
    }
    return Object.fromEntries(entries);
  }

  private nested(indent: number): YamlValue {
    const line = this.peek();
    return line && line.indent > indent ? this.block(line.indent) : null;
  }
}

function splitKey({ text, number }: Line): { key: string; rest: string } | undefined {
  const match =
    /^("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s"'[{&*!|>%@`-][^:]*?|-[^\s:][^:]*?)\s*:(?:\s+(.*))?$/.exec(text);
  if (!match) return undefined;
  return { key: String(scalarFrom(match[1]!, number, true)), rest: match[2] ?? "" };
}

function scalarFrom(text: string, line: number, isKey = false): YamlValue {
  if (/^["'[{]/.test(text)) return new Flow(text, line).whole();
  return isKey ? text : plainScalar(text, line);
}

function plainScalar(text: string, line: number): YamlValue {
  if (/^[&*!|>%@`]/.test(text))
    throw new YamlError(line, `"${text}" is YAML that is not read here; write plain values`);
  if (/^(~|null|Null|NULL|)$/.test(text)) return null;
  if (/^(true|True|TRUE)$/.test(text)) return true;
  if (/^(false|False|FALSE)$/.test(text)) return false;
  if (/^0x[\da-fA-F]+$|^0o[0-7]+$/.test(text)) return Number(text);
  return /^[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?$/.test(text) ? Number(text) : text;
}

/** Values in JSON's form, where texts may go without quotes. */
class Flow {
  private readonly text: string;
  private readonly line: number;
  private at = 0;

  constructor(text: string, line: number) {
    this.text = text;
    this.line = line;
  }

  whole(): YamlValue {
    const value = this.value();
    this.space();
    if (this.at < this.text.length)
      this.refuse(`"${this.text.slice(this.at)}" stands behind the end of a value`);
    return value;
  }

  private value(): YamlValue {
    this.space();
    const sign = this.text[this.at];
    if (sign === "[") return this.items();
    if (sign === "{") return this.pairs();
    if (sign === '"' || sign === "'") return this.quoted(sign);
    const match = /^(?:[^,[\]{}:]|:(?=\S))+/.exec(this.text.slice(this.at));
    if (!match) return this.refuse("a value is missing");
    this.at += match[0].length;
    return plainScalar(match[0].trim(), this.line);
  }

  private items(): YamlValue[] {
    const items: YamlValue[] = [];
    this.at++;
    while (!this.takes("]")) {
      items.push(this.value());
      if (!this.takes(",") && !this.ends("]")) this.refuse("a , or a ] is missing");
    }
    return items;
  }

  private pairs(): YamlValue {
    const entries: [string, YamlValue][] = [];
    this.at++;
    while (!this.takes("}")) {
      const key = this.value();
      if (!this.takes(":")) this.refuse("a : is missing");
      entries.push([String(key), this.value()]);
      if (!this.takes(",") && !this.ends("}")) this.refuse("a , or a } is missing");
    }
    return Object.fromEntries(entries);
  }

  private quoted(quote: string): string {
    const pattern = quote === '"' ? /^"(?:[^"\\]|\\.)*"/ : /^'(?:[^']|'')*'/;
    const match = pattern.exec(this.text.slice(this.at));
    if (!match) return this.refuse(`a text has no closing ${quote} in its line`);
    this.at += match[0].length;
    if (quote === "'") return match[0].slice(1, -1).replaceAll("''", "'");
    try {
      return JSON.parse(match[0]) as string;
    } catch {
      return this.refuse(`${match[0]} has an escape that JSON does not know`);
    }
  }

  private space(): void {
    while (this.text[this.at] === " ") this.at++;
  }

  private ends(sign: string): boolean {
    this.space();
    return this.text[this.at] === sign;
  }

  private takes(sign: string): boolean {
    if (!this.ends(sign)) return false;
    this.at++;
    return true;
  }

  private refuse(problem: string): never {
    throw new YamlError(this.line, problem);
  }
}
