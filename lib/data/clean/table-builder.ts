/** Collects pieces of columns of unknown length. */
export function createTableBuilder<C extends string>(names: readonly C[]) {
  let capacity = 1024;
  let length = 0;
  const make = (size: number) => Object.fromEntries(names.map((name) => [name, new Float64Array(size)]));
  let columns = make(capacity) as Record<C, Float64Array>;
  return {
    get length() {
      return length;
    },
    /** @param piece columns of `rows` values; one that is missing is filled with NaN. */
    append(piece: Readonly<Partial<Record<C, Float64Array>>>, rows: number): void {
      if (length + rows > capacity) {
        capacity = Math.max(length + rows, 2 * capacity);
        const grown = make(capacity) as Record<C, Float64Array>;
        for (const name of names) grown[name].set(columns[name].subarray(0, length));
        columns = grown;
      }
      for (const name of names) {
        const values = piece[name];
        if (values) columns[name].set(values, length);
        else columns[name].fill(Number.NaN, length, length + rows);
      }
      length += rows;
    },
    /** Takes all rows out; the next ones begin anew. */
    take(): Record<C, Float64Array> {
      const taken = Object.fromEntries(names.map((name) => [name, columns[name].slice(0, length)]));
      length = 0;
      return taken as Record<C, Float64Array>;
    },
  };
}
