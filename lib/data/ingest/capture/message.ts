import { FIELD_COUNT } from "./fields.ts";

/** What a field of a message holds. */
export const ABSENT = 0;
export const NUMBER = 1;
export const NAME = 2;
export const LEVELS = 3;
export const FLAG = 4;
/** There, but nothing that this field should hold. */
export const UNUSABLE = 5;

/** One exchange message, its fields by number (see `fields.ts`); an object for all messages, filled again and again. */
export class Message {
  readonly kinds = new Uint8Array(FIELD_COUNT);
  /** NUMBER: the value. FLAG: 0 or 1. LEVELS: index of the first level. */
  readonly numbers = new Float64Array(FIELD_COUNT);
  /** LEVELS: index after the last level. */
  readonly ends = new Int32Array(FIELD_COUNT);
  readonly names: string[] = new Array<string>(FIELD_COUNT).fill("");
  levelCount = 0;
  prices = new Float64Array(1024);
  quantities = new Float64Array(1024);
  /** 1 buy, -1 sell, where the level names it; else 0. */
  sides = new Int8Array(1024);

  clear(): void {
    this.kinds.fill(ABSENT);
    this.levelCount = 0;
  }

  addLevel(side: number, price: number, quantity: number): void {
    if (this.levelCount === this.prices.length) this.grow();
    this.prices[this.levelCount] = price;
    this.quantities[this.levelCount] = quantity;
    this.sides[this.levelCount++] = side;
  }

  /** The field's number or flag; NaN if it has none. */
  number(field: number): number {
    const kind = this.kinds[field];
    return kind === NUMBER || kind === FLAG ? this.numbers[field]! : Number.NaN;
  }

  /** The field's name; "" if it has none. */
  name(field: number): string {
    return this.kinds[field] === NAME ? this.names[field]! : "";
  }

  private grow(): void {
    const { prices, quantities, sides } = this;
    this.prices = new Float64Array(2 * prices.length);
    this.quantities = new Float64Array(2 * prices.length);
    this.sides = new Int8Array(2 * prices.length);
    this.prices.set(prices);
    this.quantities.set(quantities);
    this.sides.set(sides);
  }
}
