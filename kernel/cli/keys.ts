import { resolve } from "node:path";
import type { Command } from "commander";
import { fail } from "#core";
import { readSigningKey } from "#exports";

interface KeysFlags {
  readonly home: string;
  readonly json?: boolean;
}

export function addKeysCommands(program: Command): void {
  const keys = program.command("keys").description("the keys of this project");
  keys
    .command("show")
    .description("print the fingerprint of the key that signs this project's bundles")
    .option("--home <folder>", "the .tickbook folder whose key is meant", ".tickbook")
    .option("--json", "print JSON on standard output")
    .action(async (flags: KeysFlags) => {
      const home = resolve(flags.home);
      const key = await readSigningKey(home);
      if (!key) fail("keys.missing", { message: `${home} has no signing key`, fields: { home } });
      const { fingerprint, publicKey, path } = key;
      process.stdout.write(
        flags.json
          ? `${JSON.stringify({ fingerprint, publicKey, path })}\n`
          : `${fingerprint}\npublic key  ${publicKey}\nkey file    ${path}\n`,
      );
    });
}
