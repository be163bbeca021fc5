let count = 0;

/**
 * A function from source, so that V8 compiles it for one use: one function for all calls through a table. Undefined
 * where code may not be generated (a bundle's context): whoever asks has another way that gives the same.
 * @param name of what it is for.
 */
export function generate<F>(name: string, parameters: readonly string[], body: string): F | undefined {
  // V8 gives functions of equal source one record of what they have called, so no source may be equal to another.
  try {
    return new Function(...parameters, `${body}\n// ${name} ${count++}`) as F;
  } catch {
    return undefined;
  }
}

/**
 * Text of a function too large for V8 to take it into its caller: a caller has a budget for that, and once it has taken in
 * the first ones whole, nothing is left for what the others call. Stands where `never` is false.
 */
export function largeFunction(name: string, parameter: string, text: string): string {
  const id = JSON.stringify(name);
  return `{ ${id}(${parameter}) { if (never) return ${"~".repeat(250)}never; ${text} } }[${id}]`;
}
