import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import { publish, removeIfEmpty, unpublish } from "../../../kernel/scheduler/publish.ts";
import type { RunRow } from "../../../kernel/scheduler/state/types.ts";
import { temporaryFolder } from "../../temporary-folder.ts";

it("each run keeps its outputs under a name of its own, again and again, and nobody else's are touched", async () => {
  const runs = fc.array(
    fc.record({ number: fc.integer({ min: 1, max: 3 }), hasReport: fc.boolean(), isCutShort: fc.boolean() }),
    { maxLength: 6 },
  );
  const theirs = fc.uniqueArray(fc.constantFrom("1.ipynb", "2.html", "3.ipynb"));
  await fc.assert(
    fc.asyncProperty(runs, theirs, async (planned, foreign) => {
      const folder = temporaryFolder();
      const notebook = join(folder, "my notebook.ipynb");
      const place = join(folder, "runs", "my notebook");
      if (foreign.length > 0) mkdirSync(place, { recursive: true });
      for (const name of foreign) writeFileSync(join(place, name), "theirs");
      const seen = new Map<string, string>();
      const rows: RunRow[] = [];
      for (const [i, { number, hasReport, isCutShort }] of planned.entries()) {
        const id = `r${i}`;
        const output = join(folder, `${id}.ipynb`);
        const report = join(folder, `${id}.html`);
        writeFileSync(output, `notebook of ${id}`);
        if (hasReport) writeFileSync(report, `report of ${id}`);
        const run = { id, number };
        // Cut short after its first file: done again, it ends up at the same place.
        if (isCutShort) await publish(notebook, run, { output });
        const published = await publish(notebook, run, { output, report });
        expect(await publish(notebook, run, { output, report })).toEqual(published);
        expect(published.report !== undefined).toBe(hasReport);
        for (const path of Object.values(published)) {
          expect(dirname(path)).toBe(place);
          expect(path).toMatch(new RegExp(`/${number}(-${id})?\\.(ipynb|html)$`));
          expect(seen.has(path)).toBe(false);
          seen.set(path, readFileSync(path, "utf8"));
          expect(seen.get(path)).toMatch(new RegExp(` of ${id}$`));
        }
        rows.push({ ...run, result: { published } } as RunRow);
      }
      for (const [path, text] of seen) expect(readFileSync(path, "utf8")).toBe(text);
      for (const row of rows) await unpublish(row);
      await removeIfEmpty(notebook);
      expect(existsSync(join(folder, "runs"))).toBe(foreign.length > 0);
      for (const name of foreign) expect(readFileSync(join(place, name), "utf8")).toBe("theirs");
    }),
    { numRuns: 40 },
  );
});
