/**
 * Events from the child to the parent: each is its length (4 bytes, little endian) and its bytes in V8's structured
 * format, which carries typed arrays, Map, Set, Date, bigint, NaN and cycles.
 *
 * They are written synchronously to a pipe of their own: nothing is lost when the process is killed, loops forever or
 * runs out of memory right after, order is kept, and a fast writer waits for the reader.
 */
import { writeSync } from "node:fs";
import { deserialize, serialize } from "node:v8";
import type { ChildEvent } from "./events.ts";

/** The child's file descriptor: 0 to 2 are standard, 3 is Node's own channel for commands. */
export const EVENT_FD = 4;

const sleeper = new Int32Array(new SharedArrayBuffer(4));

export function sendEvent(event: ChildEvent): void {
  const body = serialize(event);
  const frame = Buffer.allocUnsafe(4 + body.length);
  frame.writeUInt32LE(body.length);
  frame.set(body, 4);
  for (let sent = 0; sent < frame.length; ) sent += tryWrite(frame, sent);
}

function tryWrite(frame: Buffer, from: number): number {
  try {
    return writeSync(EVENT_FD, frame, from);
  } catch (error) {
    if ((error as { code?: unknown }).code !== "EAGAIN") throw error;
    Atomics.wait(sleeper, 0, 0, 1);
    return 0;
  }
}

/** Takes the pipe's chunks as they come and calls `receive` for every whole event. */
export function createEventReader(receive: (event: ChildEvent) => void): (chunk: Buffer) => void {
  let chunks: Buffer[] = [];
  let length = 0;
  let needed = 4;
  return (chunk) => {
    chunks.push(chunk);
    length += chunk.length;
    // A large event comes in many chunks: they are joined once it is whole.
    if (length < needed) return;
    let rest = Buffer.concat(chunks);
    needed = 4;
    while (rest.length >= 4) {
      const end = 4 + rest.readUInt32LE(0);
      if (rest.length < end) {
        needed = end;
        break;
      }
      receive(deserialize(rest.subarray(4, end)) as ChildEvent);
      rest = rest.subarray(end);
    }
    chunks = [rest];
    length = rest.length;
  };
}
