/**
 * A thread in the process that runs the cells. When the parent is gone it ends that process and what it started, also
 * while a cell computes without a pause: then nothing on the main thread could notice.
 */
import { workerData } from "node:worker_threads";

const INTERVAL_MS = 500;
const parent = workerData as number;

setInterval(() => {
  // Whose parent has ended is handed to another one.
  if (process.ppid === parent) return;
  try {
    process.kill(-process.pid, "SIGKILL");
  } catch {
    process.kill(process.pid, "SIGKILL");
  }
}, INTERVAL_MS);
