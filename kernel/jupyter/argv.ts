import { existsSync } from "node:fs";
import { totalmem } from "node:os";
import { fileURLToPath } from "node:url";

const MIB = 2 ** 20;

/**
 * The command that starts a kernel, for a kernelspec: absolute paths, so that it works whatever PATH says.
 * @param connectionFile its path, or Jupyter's placeholder for it.
 */
export function kernelArgv(connectionFile = "{connection_file}"): string[] {
  return [
    process.execPath,
    // Makes interrupts inside timers safe: without it Node ends the process.
    "--no-force-async-hooks-checks",
    "--disable-warning=ExperimentalWarning",
    // Node shows its callback stack only in this way.
    "--disable-warning=DEP0111",
    `--max-old-space-size=${Math.floor(totalmem() / MIB / 2)}`,
    builtMain(),
    connectionFile,
  ];
}

/** Node runs JavaScript: beside this file, or in dist/ when this runs from the sources. */
function builtMain(): string {
  const beside = new URL("./main.js", import.meta.url);
  const built = existsSync(beside) ? beside : new URL("../../dist/kernel/jupyter/main.js", import.meta.url);
  return fileURLToPath(built);
}
