/**
 * An id for a cell that has none: eight hex digits, a pure function of the text, where it stands and the ids
 * taken, so that reading the same file twice gives the same ids.
 * 32-bit FNV-1a: http://www.isthe.com/chongo/tech/comp/fnv/ (offset basis 0x811c9dc5, prime 0x01000193).
 */
export function newCellId(source: string, index: number, taken: ReadonlySet<string>): string {
  for (let attempt = 0; ; attempt++) {
    const id = fnv1a(`${index}.${attempt}:${source}`).toString(16).padStart(8, "0");
    if (!taken.has(id)) return id;
  }
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
