import { createReadStream } from "node:fs";
import { fail } from "#core";

/** A line of bars has some hundred characters; a much longer one is no text. */
const LINE_MAX = 65_536;

/** The lines of a UTF-8 text file, each with its number from 1. Errors: `data.bad-file`. */
export async function* readLines(path: string): AsyncGenerator<{ line: string; number: number }> {
  let rest = "";
  let number = 0;
  for await (const chunk of textChunks(path)) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) yield { line: textLine(path, line, ++number), number };
    textLine(path, rest, number + 1);
  }
  if (rest !== "") yield { line: textLine(path, rest, number + 1), number: number + 1 };
}

async function* textChunks(path: string): AsyncGenerator<string> {
  try {
    for await (const chunk of createReadStream(path, { encoding: "utf8", highWaterMark: 1 << 18 })) {
      yield chunk as string;
    }
  } catch (error) {
    refuseUnreadable(path, error);
  }
}

/** The line without its end mark, if it is text. NUL and U+FFFD (bytes that are not UTF-8) mark other content. */
function textLine(path: string, line: string, number: number): string {
  if (line.length > LINE_MAX || line.includes("\0") || line.includes("\uFFFD")) {
    fail("data.bad-file", {
      message: `${path}, line ${number}: this is not text: ${JSON.stringify(line.slice(0, 40))}`,
      hint: "A CSV file is plain UTF-8 text; unpack it if it is compressed.",
      fields: { path, line: number },
    });
  }
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}

/** Stops because a file can't be opened or read. */
export function refuseUnreadable(path: string, error: unknown): never {
  const code = (error as NodeJS.ErrnoException).code;
  const what = {
    ENOENT: "there is no such file",
    EISDIR: "it is a folder",
    EACCES: "reading it is not permitted",
  };
  fail("data.bad-file", {
    message: `${path} can't be read: ${what[code as keyof typeof what] ?? (error as Error).message}`,
    hint: "Give the path of one data file.",
    fields: { path },
    cause: error,
  });
}
