/** How long the steps took the last time, by notebook. Kept in the browser: only a hint for the progress bar. */
const KEY = "tickbook:durations:";

export function lastDurations(notebook: string): Record<string, number> {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY + notebook) ?? "{}");
    return Object.fromEntries(
      Object.entries(kept as object).filter(([, ms]) => typeof ms === "number" && ms >= 0),
    ) as Record<string, number>;
  } catch {
    return {};
  }
}

export function keepDurations(notebook: string, ms: Readonly<Record<string, number>>): void {
  try {
    localStorage.setItem(KEY + notebook, JSON.stringify(ms));
  } catch {
    // A full or forbidden store costs the hint, nothing else.
  }
}
