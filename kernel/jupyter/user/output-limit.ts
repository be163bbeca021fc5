import { countText } from "#core";

/** Text beyond this many characters of a cell is cut: front ends come to a halt with much more. */
export const TEXT_LENGTH_MAX = 8 * 1024 * 1024;

type Write = (name: "stdout" | "stderr", text: string) => void;

/** Cuts what a cell prints where it is made, so that an endless loop fills no queue. */
export class OutputLimit {
  private readonly printed = new Map<number, { length: number; cut: number }>();

  /** @param cell 0 for text that no cell owns. */
  add(cell: number, name: "stdout" | "stderr", text: string, write: Write): void {
    let count = this.printed.get(cell);
    if (!count) {
      count = { length: 0, cut: 0 };
      this.printed.set(cell, count);
    }
    const room = TEXT_LENGTH_MAX - count.length;
    count.length += text.length;
    if (text.length <= room) {
      write(name, text);
      return;
    }
    if (room > 0) write(name, text.slice(0, room));
    if (count.cut === 0) write("stderr", "\ntickbook: this cell printed more than 8 MiB; the rest is cut.\n");
    count.cut += text.length - Math.max(0, room);
  }

  /** When a cell ends: says how much is missing. */
  end(cell: number, write: Write): void {
    const cut = this.printed.get(cell)?.cut ?? 0;
    if (cut > 0) write("stderr", `tickbook: ${countText(cut)} characters of this cell's text were cut.\n`);
  }
}
