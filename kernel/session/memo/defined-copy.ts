/** A deep copy without fields that are undefined, for which the canonical text has no word. */
export function definedCopy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(definedCopy);
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => field !== undefined)
      .map(([name, field]) => [name, definedCopy(field)]),
  );
}
