/**
 * LZ4, decoding only, from the format descriptions of the LZ4 project (frame format 1.6.x, block format):
 *
 *   frame    = magic, flags, block size, [content size], [dictionary id], header checksum, blocks, end mark, [checksum]
 *   block    = size (top bit: stored as it is), bytes, [checksum]
 *   sequence = token, literals, offset back, match of at least four bytes
 *
 * Checksums are not verified: the sizes must fit to the byte, and Arrow's files carry none as a rule.
 */
const MAGIC = 0x184d2204;
const STORED = 0x80000000;
const MATCH_LEAST = 4;

/** The bytes in an LZ4 frame. @param size of the result. Throws an Error for bytes that are no such frame. */
export function decodeLz4Frame(input: Uint8Array, size: number): Uint8Array {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  const output = new Uint8Array(size);
  let at = 0;
  let length = 0;
  while (at + 4 <= input.length) {
    if (view.getUint32(at, true) !== MAGIC) throw new Error("this is no LZ4 frame");
    const flags = view.getUint8(at + 4);
    if (flags >> 6 !== 1) throw new Error(`the LZ4 frame is of version ${flags >> 6}`);
    const hasBlockSum = (flags & 0x10) !== 0;
    at += 6 + (flags & 0x08 ? 8 : 0) + (flags & 0x01 ? 4 : 0) + 1;
    for (;;) {
      const mark = view.getUint32(at, true);
      at += 4;
      if (mark === 0) break;
      const bytes = mark & ~STORED;
      if (at + bytes > input.length) throw new Error("the LZ4 frame is cut short");
      const block = input.subarray(at, at + bytes);
      length = (mark & STORED) !== 0 ? store(block, output, length) : decodeBlock(block, output, length);
      at += bytes + (hasBlockSum ? 4 : 0);
    }
    if (flags & 0x04) at += 4;
  }
  if (length !== size) throw new Error(`the LZ4 frame has ${length} bytes instead of ${size}`);
  return output;
}

function store(block: Uint8Array, output: Uint8Array, length: number): number {
  if (length + block.length > output.length) throw new Error("the LZ4 frame has more bytes than stated");
  output.set(block, length);
  return length + block.length;
}

/** Writes a block's bytes behind the `length` there are; matches may reach into earlier blocks. @returns new length. */
function decodeBlock(block: Uint8Array, output: Uint8Array, length: number): number {
  let at = 0;
  const more = (start: number): number => {
    let sum = start;
    if (start !== 15) return sum;
    for (let byte = 255; byte === 255; ) {
      if (at >= block.length) throw new Error("the LZ4 block is cut short");
      byte = block[at++]!;
      sum += byte;
    }
    return sum;
  };
  let to = length;
  while (at < block.length) {
    const token = block[at++]!;
    const literals = more(token >> 4);
    if (at + literals > block.length || to + literals > output.length)
      throw new Error("an LZ4 literal is too long");
    output.set(block.subarray(at, at + literals), to);
    at += literals;
    to += literals;
    // The last sequence has literals only.
    if (at === block.length) return to;
    const offset = block[at]! | ((block[at + 1] ?? 0) << 8);
    at += 2;
    const match = more(token & 15) + MATCH_LEAST;
    if (offset === 0 || offset > to || to + match > output.length)
      throw new Error("an LZ4 match is out of range");
    if (offset >= match) output.copyWithin(to, to - offset, to - offset + match);
    else for (let i = 0; i < match; i++) output[to + i] = output[to + i - offset]!;
    to += match;
  }
  return to;
}
