// Timing that survives a noisy machine: all sides run in turns, in one process, and the ratio of their medians is what
// counts.

/**
 * @param sides name to function, the baseline first. @param units what one call works through.
 * @returns a row for each side: median and best in seconds, units a second at the median, the baseline's median over it.
 */
export function compare({ rounds, units, sides }) {
  const seconds = Object.keys(sides).map(() => []);
  for (let round = 0; round <= rounds; round++) {
    for (const [side, run] of Object.values(sides).entries()) {
      const start = process.hrtime.bigint();
      run();
      // Round 0 warms the compiler up and does not count.
      if (round > 0) seconds[side].push(Number(process.hrtime.bigint() - start) / 1e9);
    }
  }
  const medians = seconds.map((times) => times.sort((a, b) => a - b)[times.length >> 1]);
  return Object.keys(sides).map((name, side) => ({
    name,
    median: medians[side],
    best: seconds[side][0],
    perSecond: units / medians[side],
    ratio: medians[0] / medians[side],
  }));
}
