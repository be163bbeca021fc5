import { checkSeries, type SeriesTables } from "#backtest";
import { encodeValue, isTickbookError } from "#core";
import { sliceCode } from "#exports";
import type { Bars } from "#model";
import { sha256 } from "#storage";
import { definedFields, type Strategy } from "#strategy";
import type { SessionCode } from "../ports.ts";
import type { MemoInputs } from "./memo.ts";

/** Bars by content: what is cut out of a history keeps that one's hash. */
export function barsInputs({ instrument, timeframe, time, open, high, low, close, volume }: Bars): object {
  return { instrument, timeframe, columns: [time, open, high, low, close, volume].map(columnHash) };
}

export function seriesInputs(series: SeriesTables): object {
  return Object.fromEntries(
    Object.entries(series).map(([name, table]) => {
      // What is no column has no bytes, and would be like any other.
      checkSeries(name, table);
      return [name, [table.time, table.published, table.value].map(columnHash)];
    }),
  );
}

export function columnHash({ buffer, byteOffset, byteLength }: Float64Array): string {
  return sha256(new Uint8Array(buffer, byteOffset, byteLength));
}

/** What a function or a strategy does, as plain data; fails with the reason where that can't be told. */
export class CodeInputs {
  private readonly code: SessionCode;

  constructor(code: SessionCode) {
    this.code = code;
  }

  /**
   * A strategy with all its handlers reach, and the functions that go with it: the slice of their code, the packages
   * and frozen values in it, and what its constants hold now.
   */
  async of(strategy: Strategy, functions: readonly object[]): Promise<MemoInputs> {
    const name = this.nameOf((value) => isOfSpec(value, strategy.spec));
    if (name === undefined) {
      return no(`the strategy "${strategy.spec.name}" is no constant of the notebook's top level`);
    }
    const expressions = [name];
    for (const each of functions) {
      const expression = await this.expressionOf(each);
      if (expression === undefined) {
        return no("a function that it is given uses variables of another function or module");
      }
      expressions.push(expression);
    }
    return this.slice(strategy, expressions);
  }

  private async slice(strategy: Strategy, expressions: readonly string[]): Promise<MemoInputs> {
    const { inputs, readObject, valueNamed } = this.code;
    try {
      const result = await sliceCode({ record: { inputs }, readObject }, expressions);
      if (!result.ok) {
        const { cell, module, line, message } = result.refusal;
        const isOwn = cell > (inputs.cells.at(-1)?.cell ?? 0);
        const place = isOwn ? "a function that it is given" : `${module ?? `cell ${cell}`}, line ${line}`;
        return no(`its code cannot be cut out of the notebook: ${place}: ${message}`);
      }
      const { source, frozen, modules, packages, constants } = result.slice;
      return {
        ok: true,
        inputs: {
          source,
          frozen: frozen.map(({ binding, hash }) => [binding, hash]),
          modules: modules.map(({ path, hash }) => [path, hash]),
          packages: packages.map((name) => [
            name,
            inputs.packages.filter((each) => each.name === name).map(({ version }) => version),
          ]),
          // The slicer reads code; a constant may have been changed in ways that code does not show.
          constants: constants.map((each) => [each, textOf(valueNamed(each))]),
          strategy: specInputs(strategy),
        },
      };
    } catch (error) {
      if (!isTickbookError(error) || error.code === "core.bug") throw error;
      return no(error.message);
    }
  }

  /** Its name, if it has one; else its text, if that means the same at the top level. */
  private async expressionOf(code: object): Promise<string | undefined> {
    const name = this.nameOf((value) => value === code);
    if (name !== undefined) return name;
    return (await this.code.isOfTopLevel(code)) ? `(${expressionText(String(code))})` : undefined;
  }

  /** The newest name of the top level with such a value. */
  private nameOf(fits: (value: unknown) => boolean): string | undefined {
    return this.code.names().findLast((name) => fits(this.code.valueNamed(name)));
  }
}

const no = (reason: string): MemoInputs => ({ ok: false, reason });

function isOfSpec(value: unknown, spec: Strategy["spec"]): boolean {
  return typeof value === "object" && value !== null && (value as { spec?: unknown }).spec === spec;
}

/** A method, `score(result) { ... }`, is no expression where it stands alone. */
function expressionText(code: string): string {
  const isMethod = /^(?!function\b|class\b|async\b)[\p{ID_Start}$_][\p{ID_Continue}$]*\s*\(/u.test(code);
  return isMethod ? `{ ${code} }` : code;
}

/** Undefined for what is more than plain data; its code is in the slice. */
function textOf(value: unknown): string | null {
  try {
    return sha256(encodeValue(value));
  } catch {
    return null;
  }
}

function specInputs({ spec, params }: Strategy): object {
  const { onBar, onBars, features, models, limits, ...data } = spec;
  return {
    ...data,
    set: params ?? null,
    limits: definedFields(limits),
    features: { names: features?.names ?? [], ids: features?.ids ?? [] },
    models: Object.entries(models).map(([name, { bytes, inputs, features: ids }]) => [
      name,
      sha256(bytes),
      inputs,
      ids,
    ]),
    handlers: [String(onBar), String(onBars)],
  };
}
