/** The process that checks types beside a run: one answer (`TypeFindings`) for each question (`TypeCheckRun`). */
import { findTypeErrors, type TypeCheckRun } from "#exports";

process.on("disconnect", () => process.exit(0));
process.on("message", (run: TypeCheckRun) => {
  void findTypeErrors(run).then(
    (findings) => process.send?.(findings),
    // Whoever promotes the run checks it then, and is told.
    () => process.exit(1),
  );
});
