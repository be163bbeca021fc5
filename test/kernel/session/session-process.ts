import { CellProcess } from "../../../kernel/runner/cell-process.ts";
import type { ChildEvent } from "../../../kernel/runner/events.ts";

type CellDone = Extract<ChildEvent, { kind: "cell-done" }>;

/**
 * A session in a plain Node process. Inside vitest it would run under vitest's own loader flags, which reach Node's
 * loader thread and turn our built rooms back into sources.
 */
export class SessionProcess {
  /** Everything the session told since it was last emptied, but the ends of cells. */
  readonly events: ChildEvent[] = [];
  cell = 0;
  private readonly process: CellProcess;
  private readonly waiting: ((done: CellDone) => void)[] = [];

  constructor(root: string, home?: string) {
    this.process = new CellProcess({
      cwd: root,
      onEvent: (event) => {
        if (event.kind === "cell-done") this.waiting.shift()?.(event);
        else this.events.push(event);
      },
      onRawOutput: (_name, text) => process.stderr.write(text),
    });
    this.process.send({ kind: "open", root, ...(home === undefined ? {} : { home }) });
  }

  run(source: string): Promise<CellDone> {
    this.process.send({ kind: "run-cell", cell: ++this.cell, tags: [], source });
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  get outputs() {
    return this.events.flatMap((event) => (event.kind === "output" ? [event.output] : []));
  }

  async close(): Promise<void> {
    this.process.send({ kind: "finish" });
    await this.process.ended;
  }
}
