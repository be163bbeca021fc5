// Timing that survives a noisy machine: every side runs in a process of its own (one side's garbage and compiled code
// would otherwise weigh on another's time), the processes take turns, and the ratio of the medians is what counts.
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const SIDE = fileURLToPath(new URL("side.mjs", import.meta.url));
const TURNS = 3;

/**
 * @param file the bench's module, whose `sides(options)` gives name to function, the baseline first.
 * @param options passed on to it. @param rounds calls that count, in each turn. @param units what one call works through.
 * @returns a row for each side: median and best in seconds, units a second at the median, the baseline's median over it.
 */
export function compare({ file, names, options, rounds, units }) {
  const seconds = names.map(() => []);
  for (let turn = 0; turn < TURNS; turn++) {
    for (const [k, name] of names.entries()) {
      const output = execFileSync(process.execPath, [
        SIDE,
        file,
        name,
        String(rounds),
        JSON.stringify(options),
      ]);
      seconds[k].push(...JSON.parse(output.toString()));
    }
  }
  const medians = seconds.map((times) => times.sort((a, b) => a - b)[times.length >> 1]);
  return names.map((name, k) => ({
    name,
    median: medians[k],
    best: seconds[k][0],
    perSecond: units / medians[k],
    ratio: medians[0] / medians[k],
  }));
}
