const NAME = "TICKBOOK_PARENT_PID";
const INTERVAL_MS = 1000;

/**
 * Ends this command as Ctrl-C would when the process that runs it as a part of its own work was killed. That process
 * names itself in TICKBOOK_PARENT_PID; what this command starts does not see the name.
 */
export function endWithParent(): void {
  const parent = Number(process.env[NAME]);
  delete process.env[NAME];
  if (!Number.isInteger(parent) || process.ppid !== parent) return;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, "SIGINT");
  }, INTERVAL_MS);
  timer.unref();
}
