import { escapeHtml } from "#core";

/**
 * HTML by template: everything put into `html` is escaped, except what `html` or `trusted` made. So a text from
 * outside can't become markup, in content or in a quoted attribute.
 */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What can stand in a template: missing values and `false` leave nothing, lists are joined. */
export type HtmlValue = Html | string | number | false | undefined | readonly HtmlValue[];

export function html(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  return new Html(strings.reduce((text, part, i) => text + textOf(values[i - 1]) + part));
}

/** Text of our own that is markup already. */
export function trusted(text: string): Html {
  return new Html(text);
}

function textOf(value: HtmlValue): string {
  if (value === undefined || value === false) return "";
  if (value instanceof Html) return value.text;
  if (typeof value === "string") return escapeHtml(value);
  if (typeof value === "number") return String(value);
  return value.map(textOf).join("");
}
