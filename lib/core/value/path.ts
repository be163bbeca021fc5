/** A field of an object or an index of a list. */
export type Key = string | number;

/** The way to a part of a value as code writes it: `best.weights[3]`. */
export function pathText(name: string, keys: readonly Key[]): string {
  const parts = keys.map((key) => {
    if (typeof key === "number") return `[${key}]`;
    return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
  });
  return name + parts.join("");
}
