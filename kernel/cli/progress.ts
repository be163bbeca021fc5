import type { Progress, StartProgress } from "#core";

/** Draws long tasks on standard error: a bar on a terminal, else one line when a task ends. */
export async function terminalProgress(): Promise<StartProgress> {
  const { stderr } = process;
  if (!stderr.isTTY) return plainProgress;
  const { default: progress } = await import("cli-progress");
  return (label, total) => {
    const format = total > 0 ? "  {title} {bar} {value}/{total} {note}" : "  {title} {value} {note}";
    const bar = new progress.SingleBar({
      format,
      hideCursor: true,
      clearOnComplete: true,
      stream: stderr,
      fps: 10,
    });
    bar.start(total, 0, { title: label, note: "" });
    return {
      update: (done, note = "") => bar.update(done, { note }),
      end(note = "") {
        bar.stop();
        stderr.write(`  ${label}${note ? `: ${note}` : ""}\n`);
      },
    };
  };
}

function plainProgress(label: string): Progress {
  return {
    update() {},
    end: (note = "") => void process.stderr.write(`  ${label}${note ? `: ${note}` : ""}\n`),
  };
}
