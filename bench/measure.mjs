// Timing that survives a noisy machine: baseline and candidate run in turns, in one process, and the ratio of their
// medians is what counts.

/** @returns median and best of each in seconds, units a second at the median, and baseline / ours. */
export function compare({ rounds, units, baseline, ours }) {
  const seconds = { baseline: [], ours: [] };
  for (let round = 0; round <= rounds; round++) {
    for (const [side, { run }] of [
      ["baseline", baseline],
      ["ours", ours],
    ]) {
      const start = process.hrtime.bigint();
      run();
      // Round 0 warms the compiler up and does not count.
      if (round > 0) seconds[side].push(Number(process.hrtime.bigint() - start) / 1e9);
    }
  }
  const row = (side, name) => {
    const sorted = seconds[side].sort((a, b) => a - b);
    const median = sorted[sorted.length >> 1];
    return { name, median, best: sorted[0], perSecond: units / median };
  };
  const rows = { baseline: row("baseline", baseline.name), ours: row("ours", ours.name) };
  return { ...rows, ratio: rows.baseline.median / rows.ours.median };
}
