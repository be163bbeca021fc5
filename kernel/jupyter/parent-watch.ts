const INTERVAL_MS = 1000;

/**
 * Calls `gone` when the process that started this kernel has ended. Jupyter names it in JPY_PARENT_PID; without that,
 * nothing is watched.
 */
export function watchParent(gone: () => void): void {
  const parent = Number(process.env.JPY_PARENT_PID);
  if (!Number.isInteger(parent) || parent <= 1) return;
  // A child is handed to another parent when its own ends; the number alone may be in use again.
  const isChild = process.ppid === parent;
  const timer = setInterval(() => {
    if (isChild ? process.ppid === parent : isRunning(parent)) return;
    clearInterval(timer);
    gone();
  }, INTERVAL_MS);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: unknown }).code === "EPERM";
  }
}
