import { Buffer } from "node:buffer";
import { Console } from "node:console";
import process from "node:process";
import { StringDecoder } from "node:string_decoder";

/** Cells may declare these names, and mean something else. */
const { queueMicrotask } = globalThis;

type Write = (name: "stdout" | "stderr", text: string) => void;

/**
 * Sends everything written through `console`, `process.stdout` and `process.stderr` to `write`, in order, at once.
 * Output of native code and of child processes goes past it, to the process's own file descriptors.
 * @returns puts everything back.
 */
export function captureOutput(write: Write): () => void {
  const undo = (["stdout", "stderr"] as const).map((name) => captureStream(name, write));
  const before = globalThis.console;
  globalThis.console = new Console({
    stdout: process.stdout,
    stderr: process.stderr,
    // Writes through at once; with error handling Console would add and remove a listener for each line.
    ignoreErrors: false,
    colorMode: false,
  });
  return () => {
    globalThis.console = before;
    for (const restore of undo) restore();
  };
}

function captureStream(name: "stdout" | "stderr", write: Write): () => void {
  const stream = process[name];
  const before = stream.write;
  const decoder = new StringDecoder("utf8");
  const replaced = (
    chunk: string | Uint8Array,
    encodingOrDone?: BufferEncoding | ((error?: Error) => void),
    done?: (error?: Error) => void,
  ): boolean => {
    write(name, typeof chunk === "string" ? chunk : decoder.write(Buffer.from(chunk)));
    const callback = typeof encodingOrDone === "function" ? encodingOrDone : done;
    if (callback) queueMicrotask(() => callback());
    return true;
  };
  stream.write = replaced as typeof stream.write;
  return () => {
    stream.write = before;
  };
}
