import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { onTestFinished } from "vitest";
import {
  type CommandLine,
  type JobSpec,
  openDesk,
  type RunView,
  type SchedulerDesk,
  startScheduler,
} from "#scheduler";
import { ROOT } from "../../tidy/sources.ts";

export const COMMAND: CommandLine = [process.execPath, join(ROOT, "kernel/cli/tickbook.mjs")];

export interface Project {
  readonly folder: string;
  readonly home: string;
  readonly desk: SchedulerDesk;
  readonly logs: string[];
  /** Writes a notebook; the first cell is the one of the parameters. @returns its path. */
  notebook(parameters: string, ...cells: string[]): string;
  job(notebook: string, more?: Partial<JobSpec>): JobSpec;
  /** Starts a scheduler in this process; ends it with the test. */
  start(options?: Partial<Parameters<typeof startScheduler>[0]>): ReturnType<typeof startScheduler>;
  /** Waits for a run to end. */
  end(run: string): Promise<RunView>;
  /** Waits until a run is so. */
  until(run: string, isSo: (run: RunView) => unknown): Promise<RunView>;
}

/** Starts a command of tickbook as a process; ends it with the test. */
export function startCommand(
  project: Project,
  name: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): ChildProcess {
  const child = spawn(COMMAND[0], [...COMMAND.slice(1), name, ...args], {
    cwd: project.folder,
    env: { ...process.env, ...env },
    stdio: ["ignore", "ignore", "pipe"],
  });
  child.stderr!.on("data", (text) => project.logs.push(String(text)));
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

/** kill -9. */
export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await ended;
}

/** A folder with notebooks, removed when the test ends. */
export async function openProject(): Promise<Project> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "tickbook-jobs-")));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  const home = join(folder, ".tickbook");
  mkdirSync(home);
  const desk = await openDesk({ home, from: folder });
  onTestFinished(() => desk.close());
  const logs: string[] = [];
  let count = 0;
  const until = async (run: string, isSo: (run: RunView) => unknown): Promise<RunView> => {
    for (let tries = 0; tries < 600; tries++) {
      const now = desk.run(run);
      if (isSo(now)) return now;
      await sleep(50);
    }
    throw new Error(`it never came to pass; the run: ${JSON.stringify(desk.run(run))}; ${logs.join(" | ")}`);
  };
  return {
    ...{ folder, home, desk, logs, until },
    notebook(parameters, ...cells) {
      const path = join(folder, `nb-${++count}.ipynb`);
      const code = [parameters, ...cells].map((source, i) => ({
        ...{ cell_type: "code", id: `c${i}`, execution_count: null, outputs: [], source },
        metadata: i === 0 ? { tags: ["parameters"] } : {},
      }));
      writeFileSync(path, JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells: code }));
      return path;
    },
    job: (notebook, more = {}) => ({
      ...{ notebook, parameters: {}, cron: "0 0 1 1 *", zone: "UTC", missed: "once", overlap: "skip" },
      ...{ retries: 0, retryDelaySeconds: 0, timeoutSeconds: 0, memoryMb: 0, keep: 10 },
      ...more,
    }),
    async start(options = {}) {
      const onLog = (level: string, message: string) => void logs.push(`${level} ${message}`);
      const scheduler = await startScheduler({
        home,
        workers: 1,
        command: COMMAND,
        onLog,
        tickMs: 50,
        ...options,
      });
      onTestFinished(() => scheduler.close());
      return scheduler;
    },
    end: (run) => until(run, ({ status }) => status !== "queued" && status !== "running"),
  };
}
