import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { temporaryFolder } from "../../temporary-folder.ts";
import { ROOT } from "../../tidy/sources.ts";

const BIN = join(ROOT, "kernel/cli/tickbook.mjs");
/** util-linux' program that gives a command a terminal. */
const hasScript = spawnSync("script", ["--version"]).status === 0;

it.runIf(hasScript)(
  "a run draws a bar on a terminal, and prints plain lines elsewhere; paths are whole",
  () => {
    const folder = temporaryFolder();
    const cells = ["// load\nawait new Promise((r) => setTimeout(r, 300))", "// train\n1"].map(
      (source, i) => ({
        ...{ cell_type: "code", id: `c${i}`, metadata: {}, execution_count: null, outputs: [], source },
      }),
    );
    const path = join(folder, "a notebook with quite a long name.ipynb");
    writeFileSync(path, JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells }));
    const command = `stty cols 60; ${process.execPath} ${BIN} run "${path}"`;
    const terminal = spawnSync("script", ["-qec", command, "/dev/null"], {
      cwd: folder,
      encoding: "utf8",
    }).stdout;
    const plain = spawnSync(process.execPath, [BIN, "run", path], { cwd: folder, encoding: "utf8" });
    // Escape sequences move the cursor.
    expect(terminal).toContain("\u001b[");
    expect(terminal).toContain("0/2  load");
    const lines = `${plain.stderr}${plain.stdout}`;
    expect(lines).not.toContain("\u001b");
    expect(lines).toMatch(/\[1\/2\] +ok .*load\n\[2\/2\] +ok .*train\n/);
    for (const text of [terminal, lines]) {
      expect(text).toContain(path.replace(".ipynb", ".executed.ipynb"));
      expect(text).toMatch(/record +[\da-f]{64}/);
    }
  },
  60_000,
);
