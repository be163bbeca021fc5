import { refuse, refuseMissing } from "./refusal.ts";

/** More parameters than any request has. */
const COUNT_MAX = 50;

/** The parameters of a request as texts, each read by name. */
export class Params {
  private readonly values = new Map<string, string>();
  private readonly read = new Set<string>();
  private readonly isStrict: boolean;

  /** @param isStrict refuses what is not read. Errors: -1101 for too many, or one that is there twice. */
  constructor(pairs: Iterable<readonly [string, string]>, isStrict: boolean) {
    this.isStrict = isStrict;
    for (const [name, value] of pairs) {
      if (this.values.has(name)) refuse(-1101, "Duplicate values for a parameter detected.");
      this.values.set(name, value);
      if (this.values.size > COUNT_MAX) {
        refuse(-1101, `Too many parameters; expected '${COUNT_MAX}' and received '${this.values.size}'.`);
      }
    }
  }

  /** Of the query and the body of an HTTP request. */
  static fromForm(form: string): Params {
    return new Params(new URLSearchParams(form), true);
  }

  /**
   * Of a JSON object. Its clients send more than is asked for, such as `returnRateLimits`.
   * Errors: -1102 for a value that is no text, number or boolean.
   */
  static fromJson(value: unknown): Params {
    if (value === undefined) return new Params([], false);
    if (typeof value !== "object" || value === null || Array.isArray(value)) refuseMissing("params");
    const texts = Object.entries(value).map(([name, each]): [string, string] => {
      if (!["string", "number", "boolean"].includes(typeof each)) refuseMissing(name);
      return [name, String(each)];
    });
    return new Params(texts, false);
  }

  /** "name=value" of all but the signature, by name: what the WebSocket API signs. */
  sortedText(): string {
    return [...this.values]
      .filter(([name]) => name !== "signature")
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => `${name}=${value}`)
      .join("&");
  }

  has(name: string): boolean {
    return this.values.has(name);
  }

  /** Errors: -1105 for an empty one. */
  optional(name: string): string | undefined {
    this.read.add(name);
    const value = this.values.get(name);
    if (value === "") refuse(-1105, `Parameter '${name}' was empty.`);
    return value;
  }

  /** Errors: -1102 for a missing or empty one. */
  mandatory(name: string): string {
    this.read.add(name);
    return this.values.get(name) || refuseMissing(name);
  }

  /** A whole number. Errors: -1100, -1105. */
  integer(name: string): number | undefined {
    const text = this.optional(name);
    if (text !== undefined && !/^\d{1,20}$/.test(text)) refuseCharacters(name, "^[0-9]{1,20}$");
    return text === undefined ? undefined : Number(text);
  }

  /** How many rows are asked for. Errors: -1100, -1130. */
  limit(standard: number, max: number): number {
    const limit = this.integer("limit") ?? standard;
    if (limit < 1) refuse(-1130, "Data sent for parameter 'limit' is not valid.");
    return Math.min(limit, max);
  }

  /** A text of a known form. Errors: -1100, -1105. */
  matching(name: string, pattern: RegExp): string | undefined {
    const text = this.optional(name);
    if (text !== undefined && !pattern.test(text)) refuseCharacters(name, pattern.source);
    return text;
  }

  /** Errors: -1106. */
  forbid(...names: readonly string[]): void {
    const name = names.find((each) => this.values.has(each));
    if (name !== undefined) refuse(-1106, `Parameter '${name}' sent when not required.`);
  }

  /** To be called when all was read. Errors: -1104 if something is left that nobody asked for. */
  end(): void {
    const unread = [...this.values.keys()].filter((name) => !this.read.has(name)).length;
    if (unread === 0 || !this.isStrict) return;
    const sent = this.values.size;
    refuse(
      -1104,
      `Not all sent parameters were read; read '${sent - unread}' parameter(s) but was sent '${sent}'.`,
    );
  }
}

function refuseCharacters(name: string, range: string): never {
  refuse(-1100, `Illegal characters found in parameter '${name}'; legal range is '${range}'.`);
}
