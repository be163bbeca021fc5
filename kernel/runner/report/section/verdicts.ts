import { type Html, html } from "../html.ts";
import { type IconName, icon } from "../icon.ts";

export type VerdictState = "holds" | "differs" | "not-run" | "cannot-tell";

/** Something about the run that was proven, or not. */
export interface Verdict {
  /** What was checked: "Parity", "Reconciled", "Replayed". */
  readonly name: string;
  readonly state: VerdictState;
  /** The evidence in one or two sentences; the first difference, or why it can't be told. */
  readonly text: string;
}

const LOOKS: Readonly<Record<VerdictState, readonly [IconName, string, string]>> = {
  holds: ["check", "ok", "holds"],
  differs: ["stop", "bad", "differs"],
  "not-run": ["waiting", "soft", "not run"],
  "cannot-tell": ["unknown", "soft", "can't be told"],
};

export function verdicts(list: readonly Verdict[]): Html | undefined {
  if (list.length === 0) return undefined;
  return html`<section aria-label="Verdicts"><ul class="verdicts">${list.map(({ name, state, text }) => {
    const [shape, look, word] = LOOKS[state];
    return html`<li class="${state}"><span>${icon(shape, look)}</span><div><h3>${name} <b>${word}</b></h3><p${state === "differs" ? "" : html` class="soft"`}>${text}</p></div></li>`;
  })}</ul></section>`;
}
