import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  accountParam,
  notebookParam,
  numberParam,
  textParam,
} from "../../../../kernel/jupyter/services/params.ts";

/** The value, or the code of the refusal. */
function read(take: () => unknown): unknown {
  try {
    return take();
  } catch (error) {
    return (error as { code: string }).code;
  }
}

describe("parameters of a front end", () => {
  it("of any kind are taken or refused; none becomes an option of a command, or leads out of the accounts", () => {
    const value = fc.oneof(
      fc.string(),
      fc.jsonValue(),
      fc.constantFrom(
        "--home",
        "-x.ipynb",
        "../other",
        "a/b.ipynb",
        "/x/y.ipynb",
        "..",
        "main",
        "a\0b.ipynb",
      ),
    );
    fc.assert(
      fc.property(value, (given) => {
        const params = { notebook: given, account: given, text: given, number: given };
        const text = read(() => textParam({ params }, "text"));
        expect(text).toBe(
          typeof given === "string" && /^[^-\0][^\0]*$/.test(given) ? given : "jupyter.bad-params",
        );
        const notebook = read(() => notebookParam({ params }));
        if (notebook !== "jupyter.bad-params") expect(notebook).toMatch(/^(\.\/|\/)[^\0]*\.ipynb$/);
        const account = read(() => accountParam({ params }));
        if (account !== "jupyter.bad-params") expect(account).toMatch(/^[A-Za-z0-9_-]+$/);
        const number = read(() => numberParam({ params }, "number"));
        expect(number).toBe(typeof given === "number" ? given : "jupyter.bad-params");
      }),
    );
    expect(notebookParam({ params: { notebook: "-a b's.ipynb" } })).toBe("./-a b's.ipynb");
  });
});
