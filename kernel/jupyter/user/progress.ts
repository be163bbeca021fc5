import { performance } from "node:perf_hooks";
import process from "node:process";
import { escapeHtml, type StartProgress } from "#core";
import type { Session } from "#session";

const INTERVAL_MS = 100;
const WIDTH = 30;

/** Progress lines below the cell, each an output that is replaced in place. */
export function createProgress(display: Session["display"]): StartProgress {
  let tasks = 0;
  return (label, total) => {
    const id = `tickbook-progress-${process.pid}-${++tasks}`;
    let done = 0;
    let shownAt = Number.NEGATIVE_INFINITY;
    const show = (note = "", update = true) => {
      shownAt = performance.now();
      display(progressBundle(label, done, total, note), { id, update });
    };
    show("", false);
    return {
      update(now, note) {
        done = now;
        if (performance.now() - shownAt >= INTERVAL_MS) show(note);
      },
      end(note) {
        done = total;
        show(note);
      },
    };
  };
}

function progressBundle(label: string, done: number, total: number, note: string) {
  const share = total > 0 ? Math.min(1, Math.max(0, done / total)) : 0;
  const filled = Math.round(share * WIDTH);
  const bar = `${"#".repeat(filled)}${"-".repeat(WIDTH - filled)}`;
  const counts = total > 0 ? `${done}/${total}` : "";
  const value = total > 0 ? ` max="1" value="${share}"` : "";
  return {
    "text/plain": `${label} [${bar}] ${counts} ${note}`.trimEnd(),
    "text/html": `<div><span>${escapeHtml(label)}</span> <progress${value}></progress> <span>${counts} ${escapeHtml(note)}</span></div>`,
  };
}
