/** A deep copy without functions and without fields that are undefined, for which the canonical text has no word. */
export function plainCopy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plainCopy);
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => field !== undefined && typeof field !== "function")
      .map(([name, field]) => [name, plainCopy(field)]),
  );
}
