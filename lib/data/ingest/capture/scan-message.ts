/**
 * Fills a message straight from bytes, some ten times as fast as JSON.parse. It understands the JSON that exchanges send
 * (keys in any order, spaces) and gives up on all else: escapes, exponents, deeper nesting, a field twice. Then the caller parses;
 * so it must never accept a text that JSON.parse refuses, nor read another value in it.
 */
import { powerOfTen } from "#core";
import { F, FORMS, HOLDS_LEVELS, instantFromText } from "./fields.ts";
import { ABSENT, FLAG, LEVELS, type Message, NAME, NUMBER } from "./message.ts";
import { fieldOf, hashByte, Names } from "./names.ts";

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN = 0x7b;
const CLOSE = 0x7d;
/** A product of two exact doubles is correctly rounded; so is the quotient of a whole number of 15 digits by 10^n. */
const EXACT_DIGITS = 15;
const POWERS = Float64Array.from({ length: 23 }, (_, n) => powerOfTen(n));

export class Scanner {
  private readonly names = new Names();
  private bytes: Buffer = Buffer.alloc(0);
  private at = 0;
  private end = 0;
  private value = 0;
  private hash = 0;
  private message!: Message;

  /** Reads the object in bytes [from, to). @returns false if it is for {@link parseMessage} to say what it is. */
  scan(bytes: Buffer, from: number, to: number, message: Message): boolean {
    message.clear();
    this.bytes = bytes;
    this.at = from;
    this.end = to;
    this.message = message;
    if (this.next() !== OPEN || !this.object(true)) return false;
    this.next();
    return this.at === this.end;
  }

  /** Skips spaces; the byte that follows, 0 at the end. */
  private next(): number {
    const { bytes, end } = this;
    let { at } = this;
    while (at < end) {
      const byte = bytes[at]!;
      if (byte > 0x20 || (byte !== 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d)) {
        this.at = at;
        return byte;
      }
      at++;
    }
    this.at = at;
    return 0;
  }

  private object(isOuter: boolean): boolean {
    this.at++;
    if (this.next() === CLOSE) {
      this.at++;
      return true;
    }
    for (;;) {
      if (this.next() !== QUOTE) return false;
      const from = this.at + 1;
      if (!this.plainText()) return false;
      const field = fieldOf(this.bytes, from, this.at - 1, this.hash);
      if (this.next() !== COLON) return false;
      this.at++;
      if (!this.field(field, isOuter)) return false;
      const byte = this.next();
      this.at++;
      if (byte === CLOSE) return true;
      if (byte !== COMMA) return false;
    }
  }

  private field(field: number, isOuter: boolean): boolean {
    const byte = this.next();
    const { message } = this;
    if (field >= 0 && message.kinds[field] !== ABSENT) return false;
    if (byte === QUOTE) return this.textField(field);
    if (byte === MINUS || (byte >= ZERO && byte <= 0x39)) {
      if (!this.number()) return false;
      if (field < 0 || field === F.data) return true;
      message.kinds[field] = NUMBER;
      message.numbers[field] = this.value;
      return true;
    }
    if (byte === OPEN_LIST) return field >= 0 && HOLDS_LEVELS[field]! && this.levels(field);
    if (byte === OPEN) return field === F.data && isOuter && this.inner();
    return this.literal(byte, field);
  }

  private inner(): boolean {
    // Marked, so that a second `data` is given up on.
    this.message.kinds[F.data] = FLAG;
    return this.object(false);
  }

  private literal(byte: number, field: number): boolean {
    const word = byte === 0x74 ? "true" : byte === 0x66 ? "false" : "";
    if (word === "" || this.at + word.length > this.end) return false;
    for (let i = 0; i < word.length; i++) if (this.bytes[this.at + i] !== word.charCodeAt(i)) return false;
    this.at += word.length;
    if (field < 0 || field === F.data) return true;
    this.message.kinds[field] = FLAG;
    this.message.numbers[field] = word === "true" ? 1 : 0;
    return true;
  }

  /** A text without escapes, from its opening quote; `hash` is that of its bytes, `at` stands after its end. */
  private plainText(): boolean {
    const { bytes, end } = this;
    let hash = 0;
    for (let at = this.at + 1; at < end; at++) {
      const byte = bytes[at]!;
      if (byte === QUOTE) {
        this.at = at + 1;
        this.hash = hash;
        return true;
      }
      if (byte === BACKSLASH || byte < 0x20 || byte > 0x7e) return false;
      hash = hashByte(hash, byte);
    }
    return false;
  }

  private textField(field: number): boolean {
    const { message } = this;
    const from = this.at + 1;
    const form = field < 0 ? "ignored" : FORMS[field]!;
    if (form === "decimal") {
      if (!this.decimalText()) return false;
      message.kinds[field] = NUMBER;
      message.numbers[field] = this.value;
      return true;
    }
    if (!this.plainText()) return false;
    if (field < 0) return true;
    if (form === "name") {
      message.kinds[field] = NAME;
      message.names[field] = this.names.get(this.bytes, from, this.at - 1, this.hash);
      return true;
    }
    if (form !== "instant") return false;
    message.kinds[field] = NUMBER;
    message.numbers[field] = instantFromText(this.bytes.toString("latin1", from, this.at - 1));
    return !Number.isNaN(message.numbers[field]!);
  }

  /** A decimal number in quotes. */
  private decimalText(): boolean {
    this.at++;
    if (!this.decimal() || this.bytes[this.at] !== QUOTE || this.at >= this.end) return false;
    this.at++;
    return true;
  }

  /** A JSON number without exponent: unlike in a text, no zero may lead another digit. */
  private number(): boolean {
    const { bytes } = this;
    const first = bytes[this.at] === MINUS ? this.at + 1 : this.at;
    if (!this.decimal()) return false;
    if (bytes[first] === ZERO && first + 1 < this.at && bytes[first + 1] !== POINT) return false;
    const after = this.at < this.end ? bytes[this.at]! : 0;
    return after !== 0x65 && after !== 0x45;
  }

  /** Digits with an optional sign and fraction: `value`. */
  private decimal(): boolean {
    const { bytes, end } = this;
    const from = this.at;
    let at = from;
    const isNegative = bytes[at] === MINUS;
    if (isNegative) at++;
    let digits = 0;
    let whole = at;
    for (; at < end; at++) {
      const digit = bytes[at]! - ZERO;
      if (digit < 0 || digit > 9) break;
      digits = digits * 10 + digit;
    }
    if (at === whole || at >= end) return false;
    let decimals = 0;
    let count = at - whole;
    if (bytes[at] === POINT) {
      whole = ++at;
      for (; at < end; at++) {
        const digit = bytes[at]! - ZERO;
        if (digit < 0 || digit > 9) break;
        digits = digits * 10 + digit;
      }
      decimals = at - whole;
      count += decimals;
      if (decimals === 0 || at >= end) return false;
    }
    this.at = at;
    if (count > EXACT_DIGITS) this.value = Number(bytes.toString("latin1", from, at));
    else {
      const size = decimals === 0 ? digits : digits / POWERS[decimals]!;
      this.value = isNegative ? -size : size;
    }
    return Number.isFinite(this.value);
  }

  /** [[price, quantity], ...], or with a side before them in `changes`. */
  private levels(field: number): boolean {
    const { message } = this;
    const first = message.levelCount;
    this.at++;
    if (this.next() === CLOSE_LIST) this.at++;
    else {
      for (;;) {
        if (this.next() !== OPEN_LIST || !this.level(field === F.changes)) return false;
        const byte = this.next();
        this.at++;
        if (byte === CLOSE_LIST) break;
        if (byte !== COMMA) return false;
      }
    }
    message.kinds[field] = LEVELS;
    message.numbers[field] = first;
    message.ends[field] = message.levelCount;
    return true;
  }

  private level(hasSide: boolean): boolean {
    this.at++;
    let side = 0;
    if (hasSide) {
      if (this.next() !== QUOTE) return false;
      const from = this.at + 1;
      if (!this.plainText()) return false;
      const name = this.names.get(this.bytes, from, this.at - 1, this.hash);
      side = name === "buy" ? 1 : name === "sell" ? -1 : 0;
      if (side === 0 || this.next() !== COMMA) return false;
      this.at++;
    }
    if (!this.levelNumber()) return false;
    const price = this.value;
    if (this.next() !== COMMA) return false;
    this.at++;
    if (!this.levelNumber() || this.next() !== CLOSE_LIST) return false;
    this.at++;
    this.message.addLevel(side, price, this.value);
    return true;
  }

  private levelNumber(): boolean {
    return this.next() === QUOTE ? this.decimalText() : this.number();
  }
}
