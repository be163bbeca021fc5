import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
// biome-ignore lint/correctness/useImportExtensions: the benches run the same client, which is JavaScript.
import { KernelClient, type Message, type StartOptions } from "../../../bench/kernel/client.mjs";
import { kernelArgv } from "../../../kernel/jupyter/argv.ts";

// biome-ignore lint/correctness/useImportExtensions: as above.
export { KernelClient, type Message } from "../../../bench/kernel/client.mjs";

export function startKernel(options: StartOptions): Promise<KernelClient> {
  return KernelClient.start(kernelArgv, options);
}

/** A kernel in a folder of its own, for all tests of a file or of a group. */
export function sharedKernel(): { readonly client: () => KernelClient; readonly folder: () => string } {
  let client: KernelClient;
  let folder: string;
  beforeAll(async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), "tickbook-jupyter-")));
    client = await startKernel({ cwd: folder });
    await client.ready();
  });
  afterAll(async () => {
    await client.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return { client: () => client, folder: () => folder };
}

export function textOf(messages: readonly Message[], name: "stdout" | "stderr" = "stdout"): string {
  return messages
    .filter(({ type, content }) => type === "stream" && content.name === name)
    .map(({ content }) => content.text as string)
    .join("");
}

export function resultOf(messages: readonly Message[]): string | undefined {
  return messages.find(({ type }) => type === "execute_result")?.content.data["text/plain"] as
    | string
    | undefined;
}

export function typesOf(messages: readonly Message[]): string[] {
  return messages.map(({ type, content }) =>
    type === "status" ? (content.execution_state as string) : type,
  );
}
