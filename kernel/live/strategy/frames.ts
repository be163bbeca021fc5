/**
 * The channel between the daemon and the strategy process: frames of a length (4 bytes, little endian) and that many
 * bytes of canonical text. Text and not V8's own format: what the process sends is believed only after it was checked,
 * and JSON can hold nothing but data.
 */

/** The file descriptor in the strategy process: 0 to 2 are standard. */
export const CHANNEL_FD = 3;
/** And of the pipe to its first model's process; those of the others follow. */
export const MODEL_FD = 4;
/** Bytes that an answer may have: a snapshot of many instruments with a long history stays well below. */
export const ANSWER_BYTES_MAX = 64 * 2 ** 20;

export function frameOf(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const frame = Buffer.allocUnsafe(4 + length);
  frame.writeUInt32LE(length);
  frame.write(text, 4);
  return frame;
}

/**
 * Takes the pipe's chunks as they come.
 * @param receive called for every whole frame. @param refuse called once for a frame above `bytesMax`, with the
 * length it claims; nothing is kept or received after that.
 */
export function createFrameReader(
  bytesMax: number,
  receive: (text: string) => void,
  refuse: (length: number) => void,
): (chunk: Buffer) => void {
  let chunks: Buffer[] = [];
  let length = 0;
  let needed = 4;
  let isRefused = false;
  return (chunk) => {
    if (isRefused) return;
    chunks.push(chunk);
    length += chunk.length;
    // A large frame comes in many chunks: they are joined once it is whole.
    if (length < needed) return;
    let rest = Buffer.concat(chunks);
    needed = 4;
    while (rest.length >= 4) {
      const size = rest.readUInt32LE(0);
      if (size > bytesMax) {
        isRefused = true;
        chunks = [];
        refuse(size);
        return;
      }
      needed = 4 + size;
      if (rest.length < needed) break;
      receive(rest.toString("utf8", 4, needed));
      rest = rest.subarray(needed);
      needed = 4;
    }
    chunks = [rest];
    length = rest.length;
  };
}
