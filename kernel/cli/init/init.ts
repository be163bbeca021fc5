import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdir, readdir, writeFile } from "node:fs/promises";
import { basename, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { fail } from "#core";
import { shellWord } from "../shell-word.ts";
import { packageRoot, packageVersion } from "../version.ts";

interface InitFlags {
  readonly install: boolean;
  readonly tickbook?: string;
  readonly json?: boolean;
}

export function addInitCommand(program: Command): void {
  program
    .command("init")
    .description("write a project of your own: package.json, tsconfig.json, a first notebook")
    .argument("<folder>", "a new or empty folder")
    .option("--no-install", "do not run npm install")
    .option("--tickbook <spec>", "which tickbook it depends on, as npm names it (default: this one)")
    .option("--json", "print JSON on standard output")
    .addHelpText(
      "after",
      `
Example:
  npx tickbook init my-research
  cd my-research && npx tickbook lab

Data, keys and run records go to .tickbook, which git does not see.`,
    )
    .action(async (folder: string, flags: InitFlags) => {
      const place = resolve(folder);
      const files = await writeProject(place, flags.tickbook ?? ownSpec());
      if (flags.install) installPackages(place);
      if (flags.json) {
        process.stdout.write(`${JSON.stringify({ folder: place, files, isInstalled: flags.install })}\n`);
        return;
      }
      const steps = [
        `cd ${shellWord(relative(process.cwd(), place) || ".")}`,
        ...(flags.install ? [] : ["npm install"]),
        "npx tickbook lab                        # the notebook in JupyterLab",
        "npx tickbook run first.ipynb            # or headless",
      ];
      process.stdout.write(
        `${files.map((file) => `  ${file}`).join("\n")}\n\nNext:\n  ${steps.join("\n  ")}\n`,
      );
    });
}

/** A clone is depended on where it is, a published package by its version. */
function ownSpec(): string {
  const root = fileURLToPath(packageRoot);
  return existsSync(join(root, "tsconfig.build.json"))
    ? `file:${root.replace(/[/\\]$/, "")}`
    : `^${packageVersion()}`;
}

/**
 * Writes the files of a project. @returns their names. Errors: `cli.folder-not-empty`, `storage.unwritable`.
 */
export async function writeProject(folder: string, tickbook: string): Promise<string[]> {
  const found = await readdir(folder).catch(() => [] as string[]);
  if (found.some((name) => name !== ".git")) {
    fail("cli.folder-not-empty", {
      message: `${folder} holds ${found.slice(0, 3).join(", ")}${found.length > 3 ? ", ..." : ""}`,
      fields: { folder },
    });
  }
  const files: Readonly<Record<string, string>> = {
    "package.json": `${JSON.stringify(packageJson(basename(folder), tickbook), null, 2)}\n`,
    "tsconfig.json": `${JSON.stringify(TSCONFIG, null, 2)}\n`,
    ".npmrc": NPMRC,
    ".gitignore": GITIGNORE,
    "README.md": readme(basename(folder)),
  };
  try {
    await mkdir(folder, { recursive: true });
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    const notebook = fileURLToPath(new URL("kernel/cli/init/first.ipynb", packageRoot));
    await cp(notebook, join(folder, "first.ipynb"));
  } catch (cause) {
    fail("storage.unwritable", {
      message: `${folder} can't be written to: ${(cause as Error).message}`,
      fields: { path: folder },
      cause,
    });
  }
  return [...Object.keys(files), "first.ipynb"];
}

function packageJson(name: string, tickbook: string): object {
  return {
    name:
      name
        .toLowerCase()
        .replace(/[^a-z0-9._-]+/g, "-")
        .replace(/^[._-]+/, "")
        // npm takes no longer ones.
        .slice(0, 200) || "research",
    version: "0.0.0",
    private: true,
    type: "module",
    scripts: { lab: "tickbook lab", test: "tickbook run first.ipynb" },
    // vega-datasets brings 20 years of the S&P 500, so that the first notebook runs without a network.
    dependencies: { tickbook, "vega-datasets": "3.2.1" },
    devDependencies: { "@types/node": "^20.19.0" },
    overrides: { "@uwdata/flechette": "2.2.6" },
  };
}

const TSCONFIG = {
  compilerOptions: {
    target: "ES2023",
    lib: ["ES2023", "ESNext.Disposable"],
    module: "ESNext",
    moduleResolution: "Bundler",
    allowImportingTsExtensions: true,
    resolveJsonModule: true,
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: ["node"],
  },
  include: ["**/*.ts"],
};

const NPMRC = `# No package here needs an install script; one would download libraries for GPUs.
ignore-scripts=true
`;

const GITIGNORE = `node_modules/
# Data, keys, bundles, run records
.tickbook/
# Outputs of scheduled runs
runs/
*.executed.ipynb
*.report.html
.ipynb_checkpoints/
`;

function readme(name: string): string {
  return `# ${name}

Research with tickbook: notebooks in TypeScript.

\`\`\`sh
npm install
npx tickbook lab                     # the notebooks in JupyterLab
npx tickbook run first.ipynb         # from top to bottom, in a fresh process
npx tickbook promote first.ipynb     # compile the exported strategy to a signed bundle
npx tickbook live start <bundle>     # trade it on paper: stored bars, replayed by the embedded exchange
\`\`\`

Data, keys and run records are in \`.tickbook\`, which git does not see. Modules beside a notebook, such as
\`signals.ts\`, can be imported: \`import { signal } from "./signals"\`.
`;
}

function installPackages(folder: string): void {
  process.stderr.write("npm install (about a minute the first time) ...\n");
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const { status, error } = spawnSync(npm, ["install", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: folder,
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  });
  if (status === 0) return;
  fail("cli.install-failed", {
    message: error
      ? `npm can't be started: ${error.message}`
      : `npm install in ${folder} ended with code ${status}`,
    hint: error
      ? "It comes with Node.js. The files are written: run npm install there."
      : "Its words stand above. The files are written: run npm install there again.",
    fields: { folder },
  });
}
