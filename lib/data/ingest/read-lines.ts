import { fail } from "#core";
import { textChunks } from "./open-text.ts";

/** A line of bars has some hundred characters; a much longer one is no text. */
const LINE_MAX = 65_536;

/**
 * The lines of a UTF-8 text file, plain, gzip or zip, each with its number from 1. Errors: `data.bad-file`.
 * @param lineMax a line with more characters is refused.
 */
export async function* readLines(
  path: string,
  lineMax = LINE_MAX,
): AsyncGenerator<{ line: string; number: number }> {
  let rest = "";
  let number = 0;
  for await (const chunk of textChunks(path)) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) yield { line: textLine(path, line, ++number, lineMax), number };
    textLine(path, rest, number + 1, lineMax);
  }
  if (rest !== "") yield { line: textLine(path, rest, number + 1, lineMax), number: number + 1 };
}

/** The line without its end mark, if it is text. NUL and U+FFFD (bytes that are not UTF-8) mark other content. */
function textLine(path: string, line: string, number: number, lineMax: number): string {
  if (line.length > lineMax || line.includes("\0") || line.includes("\uFFFD")) {
    fail("data.bad-file", {
      message: `${path}, line ${number}: this is not text: ${JSON.stringify(line.slice(0, 40))}`,
      hint: "A text file is UTF-8, plain, gzip or zip; store it so.",
      fields: { path, line: number },
    });
  }
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}
