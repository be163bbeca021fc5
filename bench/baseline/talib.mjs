// TA-Lib beside us: a Python process (PYTHON, with the TA-Lib package) that times one function after the other.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const SCRIPT = fileURLToPath(new URL("talib-timer.py", import.meta.url));
const COLUMNS = ["open", "high", "low", "close", "volume"];

/** Names of TA-Lib's kinds of averages, by their number. */
const AVERAGES = "sma ema wma dema tema trima kama mama t3 hma - - zlema rma".split(" ");

/** A definition's default parameters as TA-Lib takes them. */
export function talibCase({ talib, inputs, params }, given = {}) {
  return {
    talib,
    inputs: inputs.map((input) => (typeof input === "string" ? input : input.from)),
    params: Object.entries(params).map(([name, spec]) => {
      const value = given[name] ?? spec.default;
      return spec.kind === "choice" ? AVERAGES.indexOf(value) : value;
    }),
  };
}

/** @returns undefined where PYTHON is not set or has no TA-Lib. Its owner calls `end`. */
export async function startTalib(bars) {
  if (!process.env.PYTHON) return undefined;
  const folder = mkdtempSync(join(tmpdir(), "tickbook-bench-"));
  const file = join(folder, "bars");
  writeFileSync(
    file,
    COLUMNS.map((name) =>
      Buffer.from(bars[name].buffer, bars[name].byteOffset, bars[name].byteLength),
    ).reduce((all, one) => Buffer.concat([all, one])),
  );
  const child = spawn(process.env.PYTHON, [SCRIPT, file], { stdio: ["pipe", "pipe", "ignore"] });
  child.on("error", () => {});
  child.stdin.on("error", () => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async () => {
    const { value, done } = await lines.next();
    return done ? undefined : JSON.parse(value);
  };
  const end = () => {
    child.stdin.end();
    child.kill();
    rmSync(folder, { recursive: true, force: true });
  };
  const hello = await answer();
  if (!hello) {
    end();
    return undefined;
  }
  const ask = async (question) => {
    child.stdin.write(`${JSON.stringify(question)}\n`);
    const found = await answer();
    if (!found) throw new Error(`TA-Lib stopped at ${question.talib}`);
    return found;
  };
  return {
    version: hello.version,
    /** Best nanoseconds a bar. */
    time: async (one, rounds) => (await ask({ ...one, rounds })).ns,
    outputs: async (name) => (await ask({ talib: name, rounds: 0 })).outputs,
    /** Some of its columns. */
    async values(one, keep) {
      const to = join(folder, "values");
      await ask({ ...one, rounds: 1, keep, file: to });
      const bytes = readFileSync(to);
      const all = new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
      const length = all.length / keep.length;
      return keep.map((_, k) => all.subarray(k * length, (k + 1) * length));
    },
    end,
  };
}
