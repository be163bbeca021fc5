import type { Kernel } from "@jupyterlab/services";
import { Client, CommError, errorData } from "./client.ts";
import { commTransport } from "./kernel-transport.ts";
import type { Base } from "./paths.ts";
import type { Hello } from "./protocol.ts";

/** A line that has said hello, and where its kernel stands. */
export interface Link {
  readonly client: Client;
  readonly hello: Hello;
  readonly base: Base;
}

const HELLO_MS = 15_000;

/**
 * Opens a comm and waits for the kernel's hello.
 * @param folder the kernel's folder as JupyterLab counts, "" for the server's.
 * @throws the reason if the kernel is not tickbook's, or does not greet within 15 s.
 */
export async function openLink(kernel: Kernel.IKernelConnection, folder: string): Promise<Link> {
  const client = new Client(commTransport(kernel));
  const timer = setTimeout(() => client.close(), HELLO_MS);
  try {
    const hello = await client.hello;
    return { client, hello, base: { folder, root: hello.root } };
  } catch (error) {
    // The line closed, but the kernel did not end: it does not know us.
    const isAlive = !kernel.isDisposed && (kernel.status === "idle" || kernel.status === "busy");
    throw isAlive && errorData(error).code === "lab.disconnected" ? notTickbook(kernel.name) : error;
  } finally {
    clearTimeout(timer);
  }
}

function notTickbook(name: string): CommError {
  return new CommError({
    code: "lab.other-kernel",
    message: `The kernel ${name} did not answer as tickbook's.`,
    hint: "Choose the kernel tickbook at the top right. If it is chosen, run `tickbook jupyter install` again and restart it.",
  });
}
