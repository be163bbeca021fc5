import type { CellReport, ProgressEvent, RunEvent } from "../events.ts";

export interface DrawOptions {
  /** Default: the process's standard output. Bars are drawn when it is a terminal, plain lines otherwise. */
  readonly stream?: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

/**
 * Draws a run: give what it returns to `runNotebook` as `onEvent`. One line for each cell that ended (number, status,
 * seconds, title) and the error that stopped the run; on a terminal also a bar for the run and one for each long task.
 */
export async function drawRun({
  stream = process.stdout,
}: DrawOptions = {}): Promise<(event: RunEvent) => void> {
  const bars = stream.isTTY ? await createBars(stream) : undefined;
  const print = (text: string) => {
    if (bars) bars.log(`${text}\n`);
    else stream.write(`${text}\n`);
  };
  let total = 0;
  return (event) => {
    switch (event.kind) {
      case "run-started":
        total = event.cells;
        bars?.start(total);
        return;
      case "cell-started":
        bars?.cell(event.cell, event.title);
        return;
      case "progress":
        bars?.task(event);
        return;
      case "cell-finished":
        print(cellLine(event.report, total));
        return;
      case "run-finished":
        bars?.stop();
        stream.write(
          `${event.status === "ok" ? "done" : event.status} in ${secondsText(event.durationMs)}\n`,
        );
        return;
      case "cell-output":
        if (event.output.kind === "late-error") print(event.output.error.traceback.join("\n"));
        return;
      default:
    }
  };
}

/** `[ 3/12]  ok       1.24 s  Load the bars`, and below it the error of a cell that ended the run. */
function cellLine({ cell, title, status, durationMs, error }: CellReport, total: number): string {
  const width = String(total).length;
  const number = cell === undefined ? "-".repeat(width) : String(cell).padStart(width);
  const line = `[${number}/${total}]  ${status.padEnd(9)} ${secondsText(durationMs).padStart(8)}  ${title}`;
  return error && status !== "expected-error" ? `${line}\n${error.traceback.join("\n")}` : line;
}

function secondsText(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

interface Bars {
  start(total: number): void;
  cell(cell: number, title: string): void;
  task(event: ProgressEvent): void;
  log(text: string): void;
  stop(): void;
}

async function createBars(stream: NodeJS.WritableStream): Promise<Bars> {
  const { default: progress } = await import("cli-progress");
  const bars = new progress.MultiBar({
    format: "{bar} {value}/{total}  {title}",
    hideCursor: true,
    clearOnComplete: true,
    emptyOnZero: true,
    fps: 10,
    // The host decides what Ctrl-C means.
    gracefulExit: false,
    stream,
  });
  type Bar = ReturnType<typeof bars.create>;
  const tasks = new Map<number, Bar>();
  let run: Bar | undefined;
  return {
    start(total) {
      run = bars.create(total, 0, { title: "" });
    },
    cell: (cell, title) => run?.update(cell - 1, { title }),
    task({ id, label, done, total, note, isEnded }) {
      const bar = tasks.get(id) ?? bars.create(total, 0, { title: label });
      tasks.set(id, bar);
      bar.update(done, { title: note ? `${label}: ${note}` : label });
      if (!isEnded) return;
      bars.remove(bar);
      tasks.delete(id);
    },
    log(text) {
      bars.log(text);
      // Drawn now: what is still waiting when the bars stop would be lost.
      bars.update();
    },
    stop: () => bars.stop(),
  };
}
