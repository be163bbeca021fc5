import { performance } from "node:perf_hooks";
import { countText } from "#core";

/** Text beyond this many characters of a cell is cut: front ends come to a halt with much more. */
export const TEXT_LENGTH_MAX = 8 * 1024 * 1024;
/** A cell shows at most so many displays below each other, */
export const DISPLAYS_MAX = 1000;
/** and so many characters of them at once; */
const SHOWN_LENGTH_MAX = 64 * 1024 * 1024;
/** of what is replaced in place, as animations do, so many more each second. */
const LENGTH_PER_SECOND = 2 * 1024 * 1024;
/** What even an empty message costs. */
const MESSAGE_LENGTH = 500;

type Stream = "stdout" | "stderr";

/** What a cell has shown so far. */
interface Shown {
  textLength: number;
  textCut: number;
  displays: number;
  length: number;
  cut: number;
  /** When `length` was counted last. */
  at: number;
}

/** Cuts what a cell shows where it is made, so that an endless loop fills no queue. */
export class OutputLimit {
  readonly #cells = new Map<number, Shown>();
  readonly #say: (cell: number, name: Stream, text: string) => void;
  readonly #now: () => number;

  /**
   * @param say takes the text of a cell; cell 0 stands for text that no cell owns.
   * @param now milliseconds, never backwards.
   */
  constructor(say: (cell: number, name: Stream, text: string) => void, now = () => performance.now()) {
    this.#say = say;
    this.#now = now;
  }

  text(cell: number, name: Stream, text: string): void {
    const shown = this.#of(cell);
    const room = TEXT_LENGTH_MAX - shown.textLength;
    shown.textLength += text.length;
    if (text.length <= room) {
      this.#say(cell, name, text);
      return;
    }
    if (room > 0) this.#say(cell, name, text.slice(0, room));
    if (shown.textCut === 0)
      this.#say(cell, "stderr", "\ntickbook: this cell printed more than 8 MiB; the rest is cut.\n");
    shown.textCut += text.length - Math.max(0, room);
  }

  /** @param update an earlier display is replaced. @returns whether there is room to show it. */
  display(cell: number, length: number, update: boolean): boolean {
    const shown = this.#refilled(cell);
    const isFull = !update && shown.displays >= DISPLAYS_MAX;
    if (isFull || shown.length + length > SHOWN_LENGTH_MAX) {
      if (shown.cut++ === 0) this.#say(cell, "stderr", `\n${CUT_NOTICE}\n`);
      return false;
    }
    shown.length += length + MESSAGE_LENGTH;
    if (!update) shown.displays++;
    return true;
  }

  /** What the cell has shown is removed. @returns whether there is room to tell so. */
  clear(cell: number): boolean {
    const shown = this.#refilled(cell);
    shown.displays = 0;
    if (shown.length > SHOWN_LENGTH_MAX) return false;
    shown.length += MESSAGE_LENGTH;
    return true;
  }

  /** When a cell ends: says how much is missing. */
  end(cell: number): void {
    const { textCut = 0, cut = 0 } = this.#cells.get(cell) ?? {};
    if (textCut > 0)
      this.#say(cell, "stderr", `tickbook: ${countText(textCut)} characters of this cell's text were cut.\n`);
    if (cut > 0)
      this.#say(cell, "stderr", `tickbook: ${countText(cut)} displays of this cell were not shown.\n`);
  }

  #refilled(cell: number): Shown {
    const shown = this.#of(cell);
    const now = this.#now();
    shown.length = Math.max(0, shown.length - ((now - shown.at) / 1000) * LENGTH_PER_SECOND);
    shown.at = now;
    return shown;
  }

  #of(cell: number): Shown {
    let shown = this.#cells.get(cell);
    if (!shown) {
      shown = { textLength: 0, textCut: 0, displays: 0, length: 0, cut: 0, at: this.#now() };
      this.#cells.set(cell, shown);
    }
    return shown;
  }
}

const CUT_NOTICE = `tickbook: this cell showed more than ${countText(DISPLAYS_MAX)} displays or 64 MiB; the rest is not shown.`;
