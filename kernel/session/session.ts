import { AsyncLocalStorage } from "node:async_hooks";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { type StartProgress, silentProgress } from "#core";
import {
  type CellCompiler,
  cellHelpers,
  FROZEN_AS_NAME,
  HELPERS_NAME,
  IMPORT_META_NAME,
  IMPORT_NAME,
  loadCellCompiler,
} from "#notebook";
import { type ObjectStore, openObjects } from "#storage";
import { captureOutput } from "./capture.ts";
import { cellErrorFrom, interruptedError, SystemExit } from "./cell-error.ts";
import { type CommPort, Comms } from "./comms.ts";
import { bundleOf } from "./display/bundle.ts";
import { createDisplay } from "./display/show.ts";
import { Evaluator } from "./evaluator.ts";
import { hiddenArguments } from "./freeze-place.ts";
import { FrozenValues } from "./frozen-values.ts";
import { setGlobals } from "./globals.ts";
import { GoldenKeeper } from "./golden-keeper.ts";
import { createCellImport } from "./imports.ts";
import { type AskInput, createInput } from "./input.ts";
import { CELL_FILE, type Reached } from "./load/reached.ts";
import { reachedByImports } from "./load/register.ts";
import { ModuleCells } from "./module-cells.ts";
import type { CellError, CellFact, CellOutcome, CellOutput } from "./output.ts";
import { type GoldenVectors, registerSession, type Session } from "./ports.ts";
import { assertNotReserved } from "./reserved-names.ts";
import { RunCode } from "./run-code.ts";
import { StackMap } from "./stack-map.ts";

const STACK_FRAMES = 30;
/** A cell may declare this name, and mean something else. */
const { queueMicrotask } = globalThis;

export interface SessionOptions {
  /** Folder of the notebook: imports and data paths are resolved from here. */
  readonly root: string;
  /** Folder of everything tickbook keeps. Default `<root>/.tickbook`. */
  readonly home?: string;
  /** Called at once, in order, for everything cells print and show, and for errors nobody caught. */
  readonly onOutput: (output: CellOutput) => void;
  /** Default: progress is not shown. */
  readonly startProgress?: StartProgress;
  /** Whether somebody looks on while cells run. Default false. */
  readonly isWatched?: boolean;
  /** Called for every fact a run records. Default: facts are dropped. */
  readonly onFact?: (fact: CellFact) => void;
  /** Asks the user and blocks until the answer is there. Default: cells that ask fail with `session.no-input`. */
  readonly askInput?: AskInput;
  /** Takes what cells send to the front end. Default: nobody listens. */
  readonly commPort?: CommPort;
}

/** A notebook's running state. One at a time in a process: variables live in the process's global scope. */
export interface CellSession extends Session {
  /**
   * Runs one cell's TypeScript after all earlier ones have ended. Never rejects: errors are an outcome.
   * @param cell number shown as `[n]`; use each number once, because later errors name cells by it.
   * @param tags of the cell in its notebook. Default: none.
   */
  evaluate(source: string, cell: number, tags?: readonly string[]): Promise<CellOutcome>;
  /**
   * Ends the cell that is running as `KeyboardInterrupt`, whatever it waits for. Code of it that computes must be
   * stopped from another thread. @returns false if none is running.
   */
  interrupt(): boolean;
  /** Evaluates an expression for its value, after all cells so far; it is no cell and leaves no trace in the code. */
  evaluateExpression(expression: string, cell: number): Promise<CellOutcome>;
  /** The names that cells declared so far. */
  names(): Promise<readonly string[]>;
  /** Where the front end's messages for cells go in. */
  readonly comms: Comms;
  /** The cell whose code is running here and now, also in its timers and promises. */
  currentCell(): number | undefined;
  /** What the cells' imports have led to so far. */
  reached(): Reached;
  /** At the end of a run: stores the golden vectors and records them. @returns the error if that fails. */
  storeGolden(): Promise<CellError | undefined>;
  /** At the end of a run: the error if anything wrote to what was frozen. */
  checkFrozen(): CellError | undefined;
  /** Puts back all globals. */
  close(): void;
}

/**
 * Starts a session in this process. It takes over `console`, `process.stdout`, `process.stderr`, `process.exit`,
 * uncaught errors and the globals `display` and `require` until it is closed.
 */
export async function createSession(options: SessionOptions): Promise<CellSession> {
  return new ReplSession(options, await loadCellCompiler());
}

class ReplSession implements CellSession {
  readonly root: string;
  readonly home: string;
  readonly startProgress: StartProgress;
  readonly isWatched: boolean;
  private readonly options: SessionOptions;
  private readonly compiler: CellCompiler;
  private readonly evaluator = new Evaluator();
  private readonly stackMap: StackMap;
  private readonly objects: ObjectStore;
  private readonly frozen: FrozenValues;
  private readonly runCode: RunCode;
  private readonly moduleCells: ModuleCells;
  private readonly golden = new GoldenKeeper((vectors) => this.runCode.exportsStrategy(vectors));
  /** Carries the cell's number through its timers and promises, so that late output finds its cell. */
  private readonly cellOf = new AsyncLocalStorage<number>();
  readonly comms: Comms;
  /** Of cells that run, or were interrupted: their code may go on. */
  private readonly stops = new Map<number, AbortSignal>();
  private running: number | undefined;
  private stopRunning: (() => void) | undefined;
  private readonly waiting: (() => void)[] = [];
  private isStarting = false;
  private readonly undo: (() => void)[];

  constructor(options: SessionOptions, compiler: CellCompiler) {
    this.options = options;
    this.root = resolve(options.root);
    this.home = resolve(options.home ?? join(this.root, ".tickbook"));
    this.startProgress = options.startProgress ?? silentProgress;
    this.isWatched = options.isWatched ?? false;
    this.compiler = compiler;
    this.stackMap = new StackMap(compiler);
    this.objects = openObjects(join(this.home, "objects"));
    this.frozen = new FrozenValues(this.objects);
    this.moduleCells = new ModuleCells(this.home);
    this.comms = new Comms(options.commPort, {
      current: () => this.currentCell(),
      run: (cell, work) => (cell === undefined ? work() : this.cellOf.run(cell, work)),
    });
    const { root, evaluator, frozen } = this;
    this.runCode = new RunCode({ root, compiler, evaluator, frozen, reached: reachedByImports });
    this.undo = [
      this.setNotebookGlobals(),
      this.mapStacks(),
      this.raiseOnExit(),
      this.catchLateErrors(),
      captureOutput((name, text) => this.emit({ kind: "stream", name, text })),
    ];
    registerSession(this);
  }

  evaluate(source: string, cell: number, tags: readonly string[] = []): Promise<CellOutcome> {
    return this.next(cell, () => this.run(source, cell, tags));
  }

  evaluateExpression(expression: string, cell: number): Promise<CellOutcome> {
    return this.next(cell, () => this.run(expression, cell));
  }

  interrupt(): boolean {
    this.stopRunning?.();
    return this.running !== undefined;
  }

  names(): Promise<readonly string[]> {
    return this.evaluator.names();
  }

  currentCell(): number | undefined {
    return this.cellOf.getStore() ?? this.running;
  }

  stopSignal(): AbortSignal | undefined {
    return this.stops.get(this.currentCell() ?? -1);
  }

  display: Session["display"] = (bundle, options = {}) => {
    const { id, update = false } = options;
    this.emit({ kind: "display", bundle, update, ...(id === undefined ? {} : { id }) });
  };

  record: Session["record"] = (fact) => {
    this.options.onFact?.({ fact, ...this.owner() });
  };

  keepFrozen: NonNullable<Session["keepFrozen"]> = (place, text, value) => {
    this.record({ kind: "frozen", value: this.frozen.keep(place, text, value) });
  };

  keepGolden: NonNullable<Session["keepGolden"]> = (vectors) => this.golden.keep(vectors);

  code: NonNullable<Session["code"]> = () => this.runCode.code();

  reached(): Reached {
    return reachedByImports();
  }

  async storeGolden(): Promise<CellError | undefined> {
    try {
      for (const vectors of this.golden.all()) await this.recordGolden(vectors);
      return undefined;
    } catch (error) {
      return cellErrorFrom(error, this.stackMap, this.currentCell());
    }
  }

  checkFrozen(): CellError | undefined {
    try {
      this.frozen.assertUnchanged();
      return undefined;
    } catch (error) {
      const { cell } = (error as { fields?: { cell?: number } }).fields ?? {};
      return cellErrorFrom(error, this.stackMap, cell);
    }
  }

  close(): void {
    for (const undo of this.undo.toReversed()) undo();
    this.evaluator.close();
  }

  private async recordGolden({ strategy, params, ...outcome }: GoldenVectors): Promise<void> {
    const stored = "text" in outcome ? { hash: await this.objects.put(outcome.text) } : outcome;
    this.record({ kind: "golden", value: { strategy, params, ...stored } });
  }

  /**
   * Waits for its turn. An interrupted cell frees the way at once, even if its code never ends. No step of this may
   * wait in V8's queue of microtasks while the cell's code runs: stopping the code empties that queue.
   */
  private next(cell: number, work: () => Promise<CellOutcome>): Promise<CellOutcome> {
    return new Promise((resolve) => {
      const end = (outcome: CellOutcome) => {
        if (this.stopRunning !== stop) return;
        this.running = undefined;
        if (!controller.signal.aborted) this.stops.delete(cell);
        this.stopRunning = undefined;
        resolve(outcome);
        this.startNext();
      };
      const controller = new AbortController();
      const stop = () => {
        controller.abort();
        end({ status: "error", error: interruptedError(cell) });
      };
      this.waiting.push(() => {
        this.running = cell;
        this.stops.set(cell, controller.signal);
        this.stopRunning = stop;
        void this.cellOf.run(cell, work).then(end);
      });
      this.startNext();
    });
  }

  private startNext(): void {
    if (this.stopRunning || this.isStarting || this.waiting.length === 0) return;
    this.isStarting = true;
    queueMicrotask(() => {
      this.isStarting = false;
      this.waiting.shift()?.();
    });
  }

  /** @param tags of a cell of the notebook; missing for other code. */
  private async run(source: string, cell: number, tags?: readonly string[]): Promise<CellOutcome> {
    try {
      const module = this.moduleCells.nameOf(source);
      if (module !== undefined) return this.defineModule(module, source, cell);
      const code = this.compiler.transformCell(source, { cellNumber: cell });
      assertNotReserved(this.runCode.declaredIn(source));
      if (tags) this.runCode.add(cell, tags, source);
      this.stackMap.add(cell, code);
      const evaluation = await this.evaluator.evaluate(code.code, cell);
      // Also after an error: a cell that may fail keeps what it froze before.
      const unstored = await this.frozen.stored();
      if (evaluation.status === "interrupted") return { status: "error", error: interruptedError(cell) };
      if (evaluation.status === "error") {
        const { at, thrown } = evaluation;
        const place = at && this.stackMap.placeOfGenerated(cell, at.line, at.column);
        return { status: "error", error: cellErrorFrom(thrown, this.stackMap, cell, place) };
      }
      if (unstored !== undefined) throw unstored;
      if (evaluation.value === undefined) return { status: "ok" };
      return { status: "ok", result: await bundleOf(evaluation.value) };
    } catch (error) {
      // The cell does not compile, or its result's own display method fails.
      return { status: "error", error: cellErrorFrom(error, this.stackMap, cell) };
    }
  }

  private defineModule(name: string, source: string, cell: number): CellOutcome {
    // Only to refuse what does not compile: the loader compiles the file when it is imported.
    this.compiler.transformModule(source, `cell ${cell}`);
    this.moduleCells.define(name, source);
    return { status: "ok" };
  }

  private setNotebookGlobals(): () => void {
    const file = join(this.root, CELL_FILE);
    return setGlobals({
      display: createDisplay({ show: this.display, clear: (wait) => this.emit({ kind: "clear", wait }) }),
      ...createInput(this.options.askInput),
      comm: this.comms.api,
      require: createRequire(file),
      [IMPORT_NAME]: createCellImport(this.root, this.moduleCells.folder, (text) =>
        this.emit({ kind: "stream", name: "stderr", text }),
      ),
      [IMPORT_META_NAME]: { url: pathToFileURL(file).href, dirname: this.root, filename: file },
      [FROZEN_AS_NAME]: hiddenArguments,
      [HELPERS_NAME]: cellHelpers,
    });
  }

  /** `error.stack` names places in the TypeScript wherever it is read: printed, logged or thrown on. */
  private mapStacks(): () => void {
    const before = Object.getOwnPropertyDescriptor(Error, "prepareStackTrace");
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = STACK_FRAMES;
    Error.prepareStackTrace = (error: Error, sites: readonly NodeJS.CallSite[]) => {
      const frames = this.stackMap.frames(sites.map((site) => `    at ${String(site)}`).join("\n"));
      return [Error.prototype.toString.call(error), ...frames].join("\n");
    };
    return () => {
      Error.stackTraceLimit = limit;
      if (before) Object.defineProperty(Error, "prepareStackTrace", before);
      else Reflect.deleteProperty(Error, "prepareStackTrace");
    };
  }

  private raiseOnExit(): () => void {
    const before = process.exit;
    process.exit = (code?: number | string | null) => {
      throw new SystemExit(Number(code ?? process.exitCode ?? 0));
    };
    return () => {
      process.exit = before;
    };
  }

  private catchLateErrors(): () => void {
    const report = (thrown: unknown) => {
      const error: CellError = cellErrorFrom(thrown, this.stackMap, this.currentCell());
      this.emit({ kind: "late-error", error, ...(error.cell === undefined ? {} : { cell: error.cell }) });
    };
    process.on("uncaughtException", report);
    process.on("unhandledRejection", report);
    return () => {
      process.off("uncaughtException", report);
      process.off("unhandledRejection", report);
    };
  }

  private emit(output: CellOutput): void {
    this.options.onOutput({ ...this.owner(), ...output });
  }

  private owner(): { readonly cell?: number } {
    const cell = this.currentCell();
    return cell === undefined ? {} : { cell };
  }
}
