import { type CellCompiler, loadCellCompiler } from "#notebook";
import type { LanguageService } from "../language/types.ts";
import type { Content } from "../wire/message.ts";
import { type Request, textOf } from "./request.ts";
import { pointsFromUnits, unitsFromPoints } from "./text-offset.ts";

/** Where a front end's own type for a completion goes; front ends know it by this name. */
const TYPES_KEY = "_jupyter_types_experimental";

/** Answers what an editor asks while code is written. */
export class LanguageRequests {
  private readonly service: LanguageService;
  private compiler: Promise<CellCompiler> | undefined;

  constructor(service: LanguageService) {
    this.service = service;
  }

  async complete(request: Request): Promise<Content> {
    const code = textOf(request, "code");
    const { start, end, matches } = await this.service.complete(code, offsetOf(request, code));
    const [from, to] = [pointsFromUnits(code, start), pointsFromUnits(code, end)];
    const types = matches.map(({ text, type = "", signature = "" }) => ({
      start: from,
      end: to,
      text,
      type,
      signature,
    }));
    return {
      status: "ok",
      matches: matches.map(({ text }) => text),
      cursor_start: from,
      cursor_end: to,
      metadata: { [TYPES_KEY]: types },
    };
  }

  async inspect(request: Request): Promise<Content> {
    const code = textOf(request, "code");
    const detail = request.content.detail_level === 1 ? 1 : 0;
    const found = await this.service.inspect(code, offsetOf(request, code), detail);
    const data = found && {
      "text/plain": found.text,
      ...(found.markdown === undefined ? {} : { "text/markdown": found.markdown }),
    };
    return { status: "ok", found: found !== undefined, data: data ?? {}, metadata: {} };
  }

  async isComplete(request: Request): Promise<Content> {
    const code = textOf(request, "code");
    this.compiler ??= loadCellCompiler();
    const status = (await this.compiler).completeness(code);
    return status === "incomplete" ? { status, indent: indentAfter(code) } : { status };
  }
}

function offsetOf({ content }: Request, code: string): number {
  return typeof content.cursor_pos === "number" ? unitsFromPoints(code, content.cursor_pos) : code.length;
}

/** That of the last line, and one step more after an open bracket. */
function indentAfter(code: string): string {
  const last = code.trimEnd().split("\n").at(-1) ?? "";
  const indent = /^\s*/.exec(last)?.[0] ?? "";
  return /[{([]$/.test(last) ? `${indent}  ` : indent;
}
