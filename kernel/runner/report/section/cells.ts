import type { CellReport, CellStatus } from "../../events.ts";
import { countOf, durationText } from "../format.ts";
import { type Html, html } from "../html.ts";
import { type IconName, icon } from "../icon.ts";
import { type ReportContext, section, table } from "../section.ts";

const LOOKS: Readonly<Record<CellStatus, readonly [IconName, string, string]>> = {
  ok: ["check", "ok", "ran"],
  failed: ["stop", "bad", "failed"],
  "expected-error": ["check", "ok", "failed as expected"],
  "allowed-error": ["look", "bad", "failed, went on"],
  skipped: ["waiting", "soft", "skipped"],
  "timed-out": ["stop", "bad", "ran out of time"],
  interrupted: ["stop", "bad", "interrupted"],
  "kernel-died": ["stop", "bad", "process died"],
};

export function cells({ run }: ReportContext): Html {
  const code = run.document.cells.filter((cell) => cell.cell_type === "code" && cell.source.trim() !== "");
  const missed = code.length - run.cells.length;
  const head = html`<th class="right" scope="col">Cell</th><th scope="col">Title</th><th class="right" scope="col">Time</th><th class="right" scope="col">Status</th>`;
  const after =
    missed > 0
      ? html`<p class="soft small after">${countOf(missed, "cell")} after that did not run.</p>`
      : "";
  return section(
    "Cells",
    countOf(run.cells.length, "cell"),
    html`${table("quiet cells", head, html`<tbody>${run.cells.map(row)}</tbody>`)}${after}`,
  );
}

function row({ cell, title, durationMs, status }: CellReport): Html {
  const [shape, look, word] = LOOKS[status];
  const time = status === "skipped" ? "" : durationText(durationMs / 1000);
  return html`<tr><td class="right soft">${cell === undefined ? "" : cell}</td><td>${title}</td><td class="right">${time}</td><td class="right">${icon(shape, look)} ${word}</td></tr>`;
}
