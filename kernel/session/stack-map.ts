import { readFileSync } from "node:fs";
import { relative } from "node:path";
import process from "node:process";
import { fileURLToPath, URL } from "node:url";
import { type CellCode, type CellCompiler, type JavaScript, lineAt } from "#notebook";

const CELL_FRAME = /tickbook-cell:(\d+):(\d+):(\d+)/g;
const MODULE_FRAME = /(file:\/\/[^\s()]+?\.m?ts)(\?v=[\w-]+)?:(\d+):(\d+)/g;
const MAPPED_FRAME = /^\s+at .*?cell (\d+), line (\d+):(\d+)/m;
const FRAMES_START = /^\s+at /m;
/** Our own files tell the reader of a notebook nothing, whether of this copy or of one that the notebook installed. */
const OWN_FOLDERS = [
  ...["lib", "features", "optimize", "exports", "kernel"].map(
    (room) => new URL(`../../${room}/`, import.meta.url).href,
  ),
  "/node_modules/tickbook/dist/",
];

export interface CellPlace {
  readonly cell: number;
  readonly line: number;
  readonly column: number;
  readonly sourceLine: string;
}

/** The name V8 gives to a cell's script: stack frames carry it. */
export function cellUrl(cell: number): string {
  return `tickbook-cell:${cell}`;
}

/** Turns places of the code that ran into places of the TypeScript that was written. */
export class StackMap {
  private readonly compiler: CellCompiler;
  private readonly cells = new Map<number, CellCode>();
  private readonly modules = new Map<string, JavaScript | undefined>();

  constructor(compiler: CellCompiler) {
    this.compiler = compiler;
  }

  add(cell: number, code: CellCode): void {
    this.cells.set(cell, code);
  }

  /** Replaces generated places in a stack by `cell 3, line 2:9` and `signals.ts:4:1`. Doing it twice changes nothing. */
  mapText(text: string): string {
    return text
      .replace(CELL_FRAME, (_, cell: string, line: string, column: string) => {
        const at = this.cells
          .get(Number(cell))
          ?.originalPosition({ line: Number(line), column: Number(column) });
        return at ? `cell ${cell}, line ${at.line}:${at.column}` : `cell ${cell}`;
      })
      .replace(
        MODULE_FRAME,
        (frame, url: string, version: string | undefined, line: string, column: string) => {
          const at = this.moduleAt(url, version ?? "")?.originalPosition({
            line: Number(line),
            column: Number(column),
          });
          return at ? `${relative(process.cwd(), fileURLToPath(url))}:${at.line}:${at.column}` : frame;
        },
      );
  }

  /** The stack below the message: frames of cells, modules and packages, without those of Node and of tickbook. */
  frames(stack: string): string[] {
    const start = FRAMES_START.exec(stack)?.index;
    if (start === undefined) return [];
    const lines = stack
      .slice(start)
      .split("\n")
      .filter((line) => FRAMES_START.test(line));
    // A cell is evaluated through the inspector: what lies below that frame is how we got there.
    const bottom = lines.findIndex((line) => line.includes("(node:inspector:"));
    const own = bottom < 0 ? lines : lines.slice(0, bottom);
    return own
      .filter(
        (line) => !line.includes("node:internal/") && !OWN_FOLDERS.some((folder) => line.includes(folder)),
      )
      .map((line) => this.mapText(line));
  }

  /** The innermost place in a cell. */
  placeIn(frames: readonly string[]): CellPlace | undefined {
    const match = MAPPED_FRAME.exec(frames.join("\n"));
    if (!match) return undefined;
    const [cell, line, column] = match.slice(1).map(Number) as [number, number, number];
    return this.place(cell, line, column);
  }

  /** The place in a cell's TypeScript for a place in the code that V8 was given. */
  placeOfGenerated(cell: number, line: number, column: number): CellPlace | undefined {
    const at = this.cells.get(cell)?.originalPosition({ line, column });
    return at && this.place(cell, at.line, at.column);
  }

  private place(cell: number, line: number, column: number): CellPlace {
    return { cell, line, column, sourceLine: lineAt(this.cells.get(cell)?.source ?? "", line) };
  }

  /** The loader compiled the module in its own thread; compiling the same text again gives the same places. */
  private moduleAt(url: string, version: string): JavaScript | undefined {
    const key = url + version;
    if (!this.modules.has(key)) this.modules.set(key, this.compile(url));
    return this.modules.get(key);
  }

  private compile(url: string): JavaScript | undefined {
    try {
      const file = fileURLToPath(url);
      return this.compiler.transformModule(readFileSync(file, "utf8"), file);
    } catch {
      // The file is gone or broken by now: the frame stays as it is.
      return undefined;
    }
  }
}
