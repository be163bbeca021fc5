import { createRequire } from "node:module";
import { dirname } from "node:path";
import { fail } from "#core";
import { registerKernels, replaceTileGradient } from "./kernels.ts";
import { ownLayers } from "./layers.ts";

export type Tf = typeof import("@tensorflow/tfjs");
export type { Tensor } from "@tensorflow/tfjs";

/** "wasm" and "cpu" come with tickbook; "node" is native TensorFlow, if @tensorflow/tfjs-node is installed. */
export type NetBackend = "wasm" | "cpu" | "node";

export interface OpenBackend {
  readonly tf: Tf;
  readonly backend: NetBackend;
  /** Why a faster backend that should work did not; undefined if none failed. */
  readonly note: string | undefined;
  /** Takes tfjs for what runs until the next await: in an await, other code may set another backend. */
  use(): void;
  /** Gives tfjs the backend that was in use before. */
  release(): Promise<void>;
}

const require = createRequire(import.meta.url);

/** Loads tfjs on the wanted backend; "auto" takes the fastest that works. Errors: `ml.no-backend`. */
export async function openBackend(wanted: NetBackend | "auto"): Promise<OpenBackend> {
  const order: readonly NetBackend[] = wanted === "auto" ? ["node", "wasm", "cpu"] : [wanted];
  const reasons: string[] = [];
  for (const backend of order) {
    if (wanted === "auto" && backend === "node" && !hasNativeTensorFlow()) continue;
    try {
      return await startBackend(backend, reasons.join("; ") || undefined);
    } catch (error) {
      reasons.push(`${backend}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return fail("ml.no-backend", {
    message: `tfjs does not start (${reasons.join("; ")})`,
    hint:
      wanted === "node"
        ? 'Install @tensorflow/tfjs-node, or leave backend out: "wasm" needs no installation.'
        : "Reinstall the dependencies: npm ci.",
    fields: { wanted },
  });
}

async function startBackend(backend: NetBackend, note: string | undefined): Promise<OpenBackend> {
  const tf = await loadTf(backend);
  const name = backend === "node" ? "tensorflow" : backend;
  if (backend === "wasm") await registerWasm(tf);
  // Without this the cpu backend prints an advertisement for tfjs-node into the notebook.
  tf.env().set("PROD", true);
  const back = remember(tf);
  try {
    if (!(await tf.setBackend(name))) throw new Error(`the backend "${name}" did not initialise`);
  } catch (error) {
    await back();
    throw error;
  }
  if (backend === "wasm") registerKernels(tf);
  replaceTileGradient(tf);
  ownLayers(tf);
  return {
    tf,
    backend,
    note,
    use() {
      // Takes effect at once, because the backend is already initialised.
      void tf.setBackend(name);
    },
    release: back,
  };
}

const users = new WeakMap<Tf, { count: number; before: string | undefined }>();

/** @returns what gives tfjs the backend back that was in use before the first of those who now use it. */
function remember(tf: Tf): () => Promise<void> {
  const use = users.get(tf) ?? { count: 0, before: undefined };
  users.set(tf, use);
  if (use.count++ === 0) use.before = tf.getBackend();
  return async () => {
    if (--use.count > 0 || use.before === undefined || use.before === tf.getBackend()) return;
    await tf.setBackend(use.before);
  };
}

/**
 * Runs something on the cpu backend, and leaves tfjs as it was, whichever backend it has, or none, or one that is just
 * starting: no other code runs meanwhile.
 */
export function onCpu<T>(tf: Tf, run: () => T): T {
  // Without this the cpu backend prints an advertisement for tfjs-node into the notebook.
  tf.env().set("PROD", true);
  const engine = tf.engine() as unknown as Record<(typeof BACKEND_FIELDS)[number], unknown>;
  const before = BACKEND_FIELDS.map((field) => [field, engine[field]] as const);
  engine.pendingBackendInit = null;
  // Takes effect at once: this backend starts without waiting for anything.
  void tf.setBackend("cpu");
  try {
    return run();
  } finally {
    Object.assign(engine, Object.fromEntries(before));
  }
}

/** What the engine of tfjs knows of its backend. */
const BACKEND_FIELDS = ["backendName", "backendInstance", "pendingBackendInit", "profiler"] as const;

async function loadTf(backend: NetBackend): Promise<Tf> {
  if (backend !== "node") return import("@tensorflow/tfjs");
  if (!hasNativeTensorFlow()) throw new Error("@tensorflow/tfjs-node is not installed");
  return require("@tensorflow/tfjs-node") as Tf;
}

/** Whether the real package is installed: danfojs-node is satisfied with an alias of plain tfjs under that name. */
function hasNativeTensorFlow(): boolean {
  try {
    return require("@tensorflow/tfjs-node/package.json").name === "@tensorflow/tfjs-node";
  } catch {
    return false;
  }
}

async function registerWasm(tf: Tf): Promise<void> {
  // A second call would throw; another user of the same tfjs may have started it.
  if (tf.engine().registry.wasm !== undefined) return;
  const { setWasmPaths } = await import("@tensorflow/tfjs-backend-wasm");
  setWasmPaths(`${dirname(require.resolve("@tensorflow/tfjs-backend-wasm"))}/`);
}
