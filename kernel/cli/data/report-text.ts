import { countText, shortText, timeText } from "#core";
import type { DataReport } from "#data";
import { TABLE_KINDS } from "#model";
import { printJson } from "./store-flags.ts";
import { table } from "./table.ts";

/** The checks of a dataset as a table. */
export function printReport(report: DataReport, flags: { readonly json?: boolean }): void {
  if (flags.json) {
    printJson(report);
    return;
  }
  process.stdout.write(reportText(report));
}

/** The report as people read it. */
export function reportText(report: DataReport): string {
  const { source, symbol, timeframe, rows, from, to, hash } = report;
  const head =
    `${symbol} ${timeframe} from ${source}: ${countText(rows)} ${Object.hasOwn(TABLE_KINDS, timeframe) ? "rows" : "bars"}, ` +
    `${timeText(from)} to ${timeText(to)}, version ${hash.slice(0, 8)}\n`;
  const lines = report.checks
    .map(checkTexts)
    .map(({ name, found, allowed, verdict, where }) => [`  ${verdict}`, found, name, allowed, where]);
  return `${head}${table([["  VERDICT", "FOUND", "CHECK", "ALLOWED", "WHERE"], ...lines])}\n`;
}

function checkTexts({ name, found, unit, allowed, where, verdict }: DataReport["checks"][number]) {
  const text = (value: number) => `${shortText(value)} ${unit}`;
  return {
    name,
    found: text(found),
    allowed: allowed === undefined ? "–" : text(allowed),
    verdict,
    where: where.join(", "),
  };
}
