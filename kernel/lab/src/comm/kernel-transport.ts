import type { Kernel } from "@jupyterlab/services";
import type { JSONObject } from "@lumino/coreutils";
import type { Transport } from "./client.ts";
import { type FromKernel, TARGET } from "./protocol.ts";

/** Statuses after which the kernel no longer knows our comm, though it never said so. */
const GONE: readonly Kernel.Status[] = ["restarting", "autorestarting", "terminating", "dead"];

/** A comm to a kernel as a line. It closes when the kernel ends, restarts, or does not know our target. */
export function commTransport(kernel: Kernel.IKernelConnection): Transport {
  const comm = kernel.createComm(TARGET);
  let isOpen = true;
  let closed: () => void = () => undefined;
  const end = () => {
    if (!isOpen) return;
    isOpen = false;
    kernel.statusChanged.disconnect(onStatus);
    kernel.disposed.disconnect(end);
    closed();
  };
  const onStatus = (_: Kernel.IKernelConnection, status: Kernel.Status) => {
    if (GONE.includes(status)) end();
  };
  kernel.statusChanged.connect(onStatus);
  kernel.disposed.connect(end);
  return {
    listen(onMessage, onClose) {
      closed = onClose;
      comm.onMsg = ({ content }) => onMessage(content.data as unknown as FromKernel);
      comm.onClose = end;
      comm.open({});
    },
    send(message) {
      if (isOpen) comm.send(message as unknown as JSONObject);
    },
    close() {
      if (!isOpen) return;
      if (!comm.isDisposed && !kernel.isDisposed) comm.close();
      end();
    },
  };
}
