import { type ChildProcess, fork } from "node:child_process";
import type { TypeCheckRun, TypeFindings } from "#exports";
import { type CellCompiler, type NotebookDocument, tagsOf } from "#notebook";
import type { ObjectStore, RunInputs, RunTypes } from "#storage";
import { builtFile } from "#storage";
import { isRunnable } from "../runnable.ts";

/** How long the end of a run waits for its types. */
const WAIT_MAX_MS = 60_000;

/**
 * The type check of a run, in a process beside it from its start on. It looks at the cells as they are planned and at
 * local modules as they lie there then; when the run ends it is known whether that is what ran.
 */
export class TypeCheck implements Disposable {
  private readonly child: ChildProcess;
  private readonly folder: string;
  private readonly planned: RunInputs["cells"];
  private readonly first: Promise<TypeFindings | undefined>;

  /** @param folder of the notebook. */
  constructor(planned: RunInputs["cells"], folder: string) {
    this.planned = planned;
    this.folder = folder;
    this.child = fork(builtFile("./check-child.js", import.meta.url), [], {
      cwd: folder,
      // Not those of this process, which may run from the sources.
      execArgv: [],
      // Maps and sets go through this channel, too.
      serialization: "advanced",
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    // A process that does not start or cannot be stopped is one that gives no answer.
    this.child.on("error", () => {});
    this.first = this.ask({ cells: planned, folder, modules: new Map() });
  }

  /**
   * What was found in the run with these inputs; undefined if the check came to no end: who promotes the run does it then.
   * @param waitMs at most, milliseconds; never more than a minute.
   */
  async found(inputs: RunInputs, objects: ObjectStore, waitMs = WAIT_MAX_MS): Promise<RunTypes | undefined> {
    const timer = setTimeout(() => this.stop(), Math.max(0, Math.min(waitMs, WAIT_MAX_MS)));
    try {
      const first = await this.first;
      const found = first && this.fits(first, inputs) ? first : await this.again(inputs, objects);
      return found && { checker: found.checker, findings: found.findings };
    } finally {
      clearTimeout(timer);
    }
  }

  [Symbol.dispose](): void {
    this.stop();
  }

  /** No answer is wanted any more. */
  stop(): void {
    this.child.kill("SIGKILL");
  }

  private fits({ modules }: TypeFindings, { cells, modules: ran }: RunInputs): boolean {
    const isSame = (a: readonly unknown[], b: readonly unknown[]) => JSON.stringify(a) === JSON.stringify(b);
    const seen = new Map(modules.map(({ path, hash }) => [path, hash]));
    return isSame(cells, this.planned) && ran.every(({ path, hash }) => (seen.get(path) ?? hash) === hash);
  }

  private async again(
    { cells, modules }: RunInputs,
    objects: ObjectStore,
  ): Promise<TypeFindings | undefined> {
    const texts = new Map<string, string>();
    for (const { path, hash } of modules) texts.set(path, new TextDecoder().decode(await objects.get(hash)));
    return this.ask({ cells, folder: this.folder, modules: texts });
  }

  private ask(run: TypeCheckRun): Promise<TypeFindings | undefined> {
    return new Promise((resolve) => {
      this.child.once("message", (found) => resolve(found as TypeFindings));
      for (const end of ["close", "error"]) this.child.once(end, () => resolve(undefined));
      if (this.child.connected) this.child.send(run, () => {});
      else resolve(undefined);
    });
  }
}

/** The cells that a run will execute if it comes to its end; undefined if they export nothing to promote. */
export function cellsToCheck(
  { cells }: NotebookDocument,
  compiler: CellCompiler,
): RunInputs["cells"] | undefined {
  const planned = cells.filter(isRunnable).map((cell, i) => ({
    cell: i + 1,
    id: cell.id,
    tags: tagsOf(cell),
    source: cell.source,
  }));
  return planned.some(({ source }) => exportsSomething(source, compiler)) ? planned : undefined;
}

function exportsSomething(source: string, compiler: CellCompiler): boolean {
  if (!/\bexport\b/.test(source)) return false;
  try {
    const { units, exportedNames } = compiler.codeFacts(source, "cell");
    return exportedNames.length > 0 || units.some(({ isExported }) => isExported);
  } catch {
    // The cell fails in the run, which says more.
    return false;
  }
}
