import { expect, test } from "vitest";
import { countText, escapeHtml, numberText, percentText, shortText, spanText } from "#core";

test.each([
  [1234.5, 2, false, "1,234.50"],
  [-1234.5, 2, false, "−1,234.50"],
  [0.5, 1, true, "+0.5"],
  [-0.001, 2, true, "0.00"],
  [0.001, 2, true, "0.00"],
  [Number.NaN, 2, true, "–"],
  [Number.POSITIVE_INFINITY, 2, false, "∞"],
])("the number %d with %d digits and sign %s is %s", (value, digits, sign, text) => {
  expect(numberText(value, digits, sign)).toBe(text);
});

test("a share is a percentage with a true minus and a space that does not break", () => {
  expect(percentText(-0.1234)).toBe("−12.3\u00a0%");
  expect(percentText(0.5, 0, true)).toBe("+50\u00a0%");
  expect(percentText(Number.NaN)).toBe("–");
  expect(countText(5105)).toBe("5,105");
});

test.each([
  [0, "0"],
  [60_000, "60,000"],
  [0.005, "0.005"],
  [-0.25, "−0.25"],
  [1.8e-7, "1.8e−7"],
  [1e-5, "1e−5"],
])("%d is %s", (value, text) => {
  expect(shortText(value)).toBe(text);
});

test.each([
  ["2000-02-21", "2015-12-31", "2000–2015"],
  ["2019-01-02", "2019-12-31", "2019"],
  ["2018-10-01", "2019-03-31", "Oct 2018 to Mar 2019"],
  ["2020-09-13", "2020-09-16", "2020-09-13 to 2020-09-16"],
])("%s to %s is %s", (from, to, text) => {
  expect(spanText(Date.parse(from), Date.parse(to))).toBe(text);
});

test("a text from outside has no markup, in HTML or in Plotly, which reads no named entity for a quote", () => {
  expect(escapeHtml(`<a href="x">&'</a>`)).toBe("&lt;a href=&#34;x&#34;&gt;&amp;&#39;&lt;/a&gt;");
});
