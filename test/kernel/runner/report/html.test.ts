import fc from "fast-check";
import { expect, test } from "vitest";
import { html, trusted } from "../../../../kernel/runner/report/html.ts";

test("what is put into a template is text, in content and in an attribute", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom("<", ">", "&", '"', "'", "a", "/", "=") }), (text) => {
      const made = html`<p title="${text}">${text}</p>`.text;
      const [, attribute, content] = /^<p title="([^"<>]*)">([^<>]*)<\/p>$/.exec(made) ?? expect.fail(made);
      expect(unescaped(attribute!)).toBe(text);
      expect(unescaped(content!)).toBe(text);
    }),
  );
});

test("what a template made stays markup, lists are joined, and missing values leave nothing", () => {
  const items = ["a", "<b>"].map((text) => html`<li>${text}</li>`);
  expect(html`<ul>${items}</ul>${undefined}${false}${0}${trusted("<br>")}`.text).toBe(
    "<ul><li>a</li><li>&lt;b&gt;</li></ul>0<br>",
  );
});

function unescaped(text: string): string {
  return text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&#34;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");
}
