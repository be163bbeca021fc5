import { spawn } from "node:child_process";

export interface ActionEnd {
  readonly isDone: boolean;
  /** For people. */
  readonly note: string;
  readonly bundle?: string;
}

/** The command line as a program and its first arguments. */
export type CommandLine = readonly [string, ...string[]];

/**
 * Promotes a run by the command line, in processes of its own: all gates of a promotion by hand hold here too. The signed
 * bundle then trades on paper, on the account named after its strategy, in place of the bundle before it. Doing all this
 * again changes nothing: a bundle is named by its content, and one that trades already goes on.
 */
export async function promote(
  command: CommandLine,
  { record, home }: { readonly record: string | undefined; readonly home: string },
): Promise<ActionEnd> {
  if (record === undefined) {
    return {
      isDone: false,
      note: "not promoted: the run left no record (does the notebook export a strategy?)",
    };
  }
  const said = await outputOf(command, ["promote", record, "--home", home, "--json"]);
  const outcome = jsonFrom(said.stdout);
  if (outcome?.ok !== true || typeof outcome.hash !== "string")
    return { isDone: false, note: `not promoted: ${whyNot(outcome, said.stderr)}` };
  const { hash, manifest } = outcome as { hash: string; manifest?: { name?: string } };
  const account = (manifest?.name ?? "").replaceAll(/[^\w-]/g, "-").slice(0, 64) || "paper";
  const promoted = { note: `promoted to bundle ${hash.slice(0, 12)}`, bundle: hash };
  const start = ["live", "start", hash, "--stage", "paper", "--name", account, "--home", home, "--json"];
  const started = await outputOf(command, start);
  const end = jsonFrom(started.stdout);
  const isTrading = end?.account === account || isSameBundle(errorOf(end));
  if (isTrading) return { ...promoted, isDone: true, note: `${promoted.note}, on paper as ${account}` };
  return {
    ...promoted,
    isDone: false,
    note: `${promoted.note}, not started: ${whyNot(end, started.stderr)}`,
  };
}

/** What `live start` says if a scheduler that was killed had started it already. */
function isSameBundle(error: { readonly code?: string; readonly message?: string } | undefined): boolean {
  return error?.code === "live.account-taken" && /trades this very bundle/.test(error.message ?? "");
}

function whyNot(outcome: Record<string, unknown> | undefined, stderr: string): string {
  const refusals = Array.isArray(outcome?.refusals) ? (outcome.refusals as Refusal[]) : [];
  const [first] = refusals;
  if (!first)
    return (
      errorOf(outcome)?.message ?? (stderr.trim().split("\n").at(-1) || "the command ended without a word")
    );
  const where = first.cell === undefined ? "" : `cell ${first.cell}, line ${first.line}: `;
  return `${where}${first.message}${refusals.length > 1 ? `, and ${refusals.length - 1} more` : ""}`;
}

function errorOf(
  outcome: Record<string, unknown> | undefined,
): { code?: string; message?: string } | undefined {
  return outcome?.error as { code?: string; message?: string } | undefined;
}

interface Refusal {
  readonly message: string;
  readonly cell?: number;
  readonly line?: number;
}

function jsonFrom(text: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

function outputOf(
  [program, ...first]: CommandLine,
  args: readonly string[],
): Promise<{ stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = spawn(program, [...first, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    const texts = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const)
      child[name].setEncoding("utf8").on("data", (text: string) => {
        texts[name] += text;
      });
    child.once("error", (error) => resolve({ stdout: "", stderr: `it could not start: ${error.message}` }));
    child.once("close", () => resolve(texts));
  });
}
