import fc from "fast-check";
import { expect, it } from "vitest";
import { OutputLimit, TEXT_LENGTH_MAX } from "../../../kernel/jupyter/user/output-limit.ts";

const MIB = 2 ** 20;

it("whatever a cell shows: bounded by what fits at once and what fits in a second, and nothing is cut unsaid", () => {
  const act = fc.oneof(
    fc.record({ kind: fc.constant("text" as const), length: fc.integer({ min: 0, max: 3 * MIB }) }),
    fc.record({
      kind: fc.constantFrom("display" as const, "update" as const),
      length: fc.integer({ min: 0, max: 9 * MIB }),
    }),
    fc.record({ kind: fc.constant("clear" as const), length: fc.constant(0) }),
    fc.record({ kind: fc.constant("wait" as const), length: fc.integer({ min: 0, max: 5000 }) }),
  );
  fc.assert(
    fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
      let now = 0;
      let [text, notices] = [0, ""];
      const limit = new OutputLimit(
        (_cell, name, part) => {
          if (name === "stdout") text += part.length;
          else notices += part;
        },
        () => now,
      );
      let [printed, shown, refused] = [0, 0, 0];
      for (const { kind, length } of acts) {
        if (kind === "wait") now += length;
        if (kind === "text") limit.text(1, "stdout", " ".repeat(length));
        if (kind === "text") printed += length;
        if (kind === "clear") limit.clear(1);
        if (kind !== "display" && kind !== "update") continue;
        if (limit.display(1, length, kind === "update")) shown += length;
        else refused++;
      }
      limit.end(1);
      expect(text).toBe(Math.min(printed, TEXT_LENGTH_MAX));
      expect(shown).toBeLessThanOrEqual(64 * MIB + (2 * MIB * now) / 1000);
      expect(/characters of this cell's text were cut/.test(notices)).toBe(printed > TEXT_LENGTH_MAX);
      expect(/displays of this cell were not shown/.test(notices)).toBe(refused > 0);
    }),
    { numRuns: 200 },
  );
});
