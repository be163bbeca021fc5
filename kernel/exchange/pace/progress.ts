import type { StreamProgress } from "#model";

/** A progress message of the bus, or undefined for anything else. */
export function readProgress(message: unknown): StreamProgress | undefined {
  if (!isObject(message) || !isObject(message.streams)) return undefined;
  const { streams, openCommands, syncs, sequence } = message;
  const { trades, book, executions, balances } = streams;
  const areCounts = [openCommands, syncs, sequence, executions, balances].every(isCount);
  return areCounts && areCountsByName(trades) && areCountsByName(book)
    ? (message as unknown as StreamProgress)
    : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function areCountsByName(value: unknown): boolean {
  return isObject(value) && Object.values(value).every(isCount);
}
