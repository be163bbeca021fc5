import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fail } from "#core";
import { writeAtomic } from "#storage";
import { addSpan, type Span } from "./spans.ts";

const FILE = "covered.json";

/** Which stretches of time were answered whole; nothing yet if there is no file. Errors: `storage.damaged`. */
export async function readCoverage(folder: string): Promise<Span[]> {
  const path = join(folder, FILE);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
  try {
    const { spans } = JSON.parse(text) as { spans: Span[] };
    if (spans.every((span) => span.length === 2 && span.every(Number.isFinite))) {
      return spans.reduce<Span[]>(addSpan, []);
    }
  } catch {
    // Refused below, as any other content is.
  }
  return fail("storage.damaged", {
    message: `${path} does not say which stretches were fetched`,
    hint: "Fetch again with --again; the rows in the store are kept.",
    fields: { path },
  });
}

export async function writeCoverage(folder: string, spans: readonly Span[]): Promise<void> {
  await writeAtomic(join(folder, FILE), `${JSON.stringify({ spans })}\n`);
}
