import type { Command } from "commander";
import { fail } from "#core";
import { table } from "../data/index.ts";
import { jupyterFolder, type Where } from "./folders.ts";
import { buildExtension, type Installed, install, uninstall } from "./install.ts";
import { openLab } from "./lab.ts";

type InstallFlags = Where & { readonly replaceTslab?: boolean; readonly json?: boolean };

/** `tickbook jupyter install|uninstall` and `tickbook lab`. */
export function addJupyterCommands(program: Command): void {
  const jupyter = program.command("jupyter").description("the kernel and the extension in Jupyter");
  const where = (command: Command) =>
    command
      .option("--user", "for this user (the default)")
      .option("--prefix <folder>", "below <folder>/share/jupyter, such as /usr/local")
      .option("--venv [folder]", "in a Python environment (default: the active one)")
      .option("--json", "print JSON on standard output");
  where(jupyter.command("install"))
    .description("make the TypeScript kernel and the JupyterLab extension known to Jupyter; needs no Python")
    .option("--replace-tslab", "also open notebooks that were written for tslab")
    .addHelpText(
      "after",
      `
Examples:
  tickbook jupyter install
  tickbook jupyter install --venv ./venv
  sudo tickbook jupyter install --prefix /usr/local`,
    )
    .action(async (flags: InstallFlags) => {
      const { replaceTslab = false } = flags;
      buildExtension();
      print(await install(jupyterFolder(flags), { replaceTslab }), flags);
    });
  where(jupyter.command("uninstall"))
    .description("remove what install wrote there")
    .action(async (flags: InstallFlags) => {
      const folder = jupyterFolder(flags);
      const removed = await uninstall(folder);
      if (flags.json) process.stdout.write(`${JSON.stringify({ removed })}\n`);
      else
        process.stdout.write(
          removed.length > 0
            ? `removed\n  ${removed.join("\n  ")}\n`
            : `nothing of tickbook's in ${folder}\n`,
        );
    });
  program
    .command("lab")
    .description("open JupyterLab with kernel and extension ready")
    .argument("[path]", "a notebook or a folder", ".")
    .option("--port <port>", "where to listen (default: JupyterLab's choice)")
    .option("--no-browser", "print the address instead of opening it")
    .option("--print-command", "print what would be started, and end")
    .addHelpText(
      "after",
      `
It uses the JupyterLab on this machine; without one it makes a Python environment in .tickbook/python and installs it
there with pip, and says so. Other options go to JupyterLab after --.

Examples:
  tickbook lab
  tickbook lab notebooks/trend.ipynb
  tickbook lab --no-browser -- --ServerApp.ip=0.0.0.0`,
    )
    .allowExcessArguments()
    .action(
      async (
        path: string,
        flags: { port?: string; browser: boolean; printCommand?: boolean },
        self: Command,
      ) => {
        if (flags.port !== undefined && !/^\d{1,5}$/.test(flags.port)) {
          fail("cli.bad-option", { message: `--port ${flags.port}: that is no port` });
        }
        await openLab({ ...flags, path, others: self.args.slice(1) });
      },
    );
}

function print({ kernels, extension }: Installed, { json }: InstallFlags): void {
  if (json) {
    process.stdout.write(`${JSON.stringify({ kernels, extension })}\n`);
    return;
  }
  const rows = kernels.map((path) => ["kernel", path]);
  process.stdout.write(`${table([...rows, ["extension", extension ?? "none"]])}\n`);
}
