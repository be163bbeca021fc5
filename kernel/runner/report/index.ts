export { type Evidence, evidenceOf } from "./evidence.ts";
export { type ReportInput, renderReport } from "./render-report.ts";
export type { Verdict, VerdictState } from "./section/verdicts.ts";
