import { isTickbookError } from "#core";
import { type FolderLock, lockFolder } from "#storage";

/** A write takes seconds; who waits this long waits for a writer that hangs. */
const PATIENCE_MS = 120_000;
const PAUSE_MS = 25;

/** Runs `work` while no other writer, here or in another process, has the dataset. Errors: `storage.locked`. */
export async function withDatasetLock<T>(dataset: string, work: () => Promise<T>): Promise<T> {
  const lock = await waitForLock(dataset);
  try {
    return await work();
  } finally {
    lock.release();
  }
}

async function waitForLock(dataset: string): Promise<FolderLock> {
  const start = performance.now();
  for (;;) {
    try {
      return lockFolder(dataset);
    } catch (error) {
      const isHeld = isTickbookError(error) && error.code === "storage.locked";
      if (!isHeld || performance.now() - start > PATIENCE_MS) throw error;
    }
    // Two that wait do not step on each other's feet for ever.
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * (0.5 + Math.random())));
  }
}
