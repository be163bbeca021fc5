/**
 * A copy of `value` that can leave the process: functions and symbols are dropped, instances of classes become plain
 * objects of their own fields, shared memory is copied. Typed arrays, Map, Set, Date, errors and cycles stay.
 */
export function transferable(value: unknown): unknown {
  return copy(value, new Map());
}

function copy(value: unknown, seen: Map<object, unknown>): unknown {
  if (typeof value === "function" || typeof value === "symbol") return undefined;
  if (typeof value !== "object" || value === null) return value;
  if (seen.has(value)) return seen.get(value);
  const target = emptyCopy(value);
  seen.set(value, target);
  if (Array.isArray(value)) {
    for (const item of value) (target as unknown[]).push(copy(item, seen));
  } else if (value instanceof Map) {
    for (const [key, content] of value)
      (target as Map<unknown, unknown>).set(copy(key, seen), copy(content, seen));
  } else if (value instanceof Set) {
    for (const item of value) (target as Set<unknown>).add(copy(item, seen));
  } else if (target !== value && !ArrayBuffer.isView(value) && !(value instanceof SharedArrayBuffer)) {
    for (const [name, content] of Object.entries(value)) {
      const copied = copy(content, seen);
      if (copied !== undefined) (target as Record<string, unknown>)[name] = copied;
    }
  }
  return target;
}

/** What to fill; the value itself when it can travel as it is. */
function emptyCopy(value: object): object {
  if (Array.isArray(value)) return [];
  if (value instanceof Map) return new Map();
  if (value instanceof Set) return new Set();
  if (value instanceof Date || value instanceof RegExp || value instanceof Error) return value;
  if (value instanceof ArrayBuffer) return value;
  if (value instanceof SharedArrayBuffer) return new Uint8Array(value).slice().buffer;
  if (ArrayBuffer.isView(value)) return value.buffer instanceof SharedArrayBuffer ? unshared(value) : value;
  return {};
}

function unshared(view: ArrayBufferView): ArrayBufferView {
  if (view instanceof DataView) {
    return new DataView(new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice().buffer);
  }
  return (view as Uint8Array).slice();
}
