import { decimalFromText, F, FIELDS, FORMS, HOLDS_LEVELS, instantFromText } from "./fields.ts";
import { FLAG, LEVELS, type Message, NAME, NUMBER, UNUSABLE } from "./message.ts";

/**
 * Fills a message from any JSON text: the plain way, and the judge of the scanner's. An object in `data` is read as if its fields
 * stood beside it, and they win.
 * @returns false if the text is not a JSON object.
 */
export function parseMessage(text: string, message: Message): boolean {
  message.clear();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return false;
  }
  if (!isObject(value)) return false;
  readFields(value, message);
  if (isObject(value.data)) readFields(value.data, message);
  return true;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function readFields(object: Record<string, unknown>, message: Message): void {
  for (const [field, name] of FIELDS.entries()) {
    if (field !== F.data && Object.hasOwn(object, name)) readField(object[name], field, message);
  }
}

function readField(value: unknown, field: number, message: Message): void {
  message.kinds[field] = UNUSABLE;
  if (typeof value === "number") setNumber(value, field, message);
  else if (typeof value === "boolean") {
    message.kinds[field] = FLAG;
    message.numbers[field] = Number(value);
  } else if (typeof value === "string") readText(value, field, message);
  else if (Array.isArray(value) && HOLDS_LEVELS[field]) readLevels(value, field, message);
}

function readText(text: string, field: number, message: Message): void {
  const form = FORMS[field];
  if (form === "decimal") setNumber(decimalFromText(text), field, message);
  else if (form === "instant") setNumber(instantFromText(text), field, message);
  else if (form === "name") {
    message.kinds[field] = NAME;
    message.names[field] = text;
  }
}

function setNumber(value: number, field: number, message: Message): void {
  message.kinds[field] = Number.isFinite(value) ? NUMBER : UNUSABLE;
  message.numbers[field] = value;
}

function readLevels(levels: unknown[], field: number, message: Message): void {
  const first = message.levelCount;
  for (const level of levels) {
    const hasSide = field === F.changes;
    if (!Array.isArray(level) || level.length !== (hasSide ? 3 : 2)) return;
    const side = hasSide ? sideOf(level[0]) : 0;
    const [price, quantity] = level.slice(-2).map(numberOf) as [number, number];
    if (Number.isNaN(side) || !Number.isFinite(price) || !Number.isFinite(quantity)) return;
    message.addLevel(side, price, quantity);
  }
  message.kinds[field] = LEVELS;
  message.numbers[field] = first;
  message.ends[field] = message.levelCount;
}

function sideOf(value: unknown): number {
  return value === "buy" ? 1 : value === "sell" ? -1 : Number.NaN;
}

function numberOf(value: unknown): number {
  if (typeof value === "number") return value;
  return typeof value === "string" ? decimalFromText(value) : Number.NaN;
}
