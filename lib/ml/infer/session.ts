/**
 * Sessions of onnxruntime, kept: a session that is released gives not all of its memory back, so the same model is
 * loaded once a process, and what was used last stays for the next backtest.
 */
import type { InferenceSession, Tensor } from "onnxruntime-node";
import { fail } from "#core";
import { sha256 } from "#storage";

type Ort = typeof import("onnxruntime-node");

export interface ModelSession {
  readonly session: InferenceSession;
  /** A float64 tensor over `values`, which it does not copy. */
  tensor(values: Float64Array, shape: readonly number[]): Tensor;
  /** The last user's release leaves it to be taken again. */
  release(): Promise<void>;
}

interface Kept {
  readonly opened: Promise<{ ort: Ort; session: InferenceSession }>;
  users: number;
}

const IDLE_MAX = 8;
/** By sha256 of the model; the one used longest ago comes first. */
const kept = new Map<string, Kept>();

/** Errors: `ml.bad-model`. */
export async function openSession(bytes: Uint8Array): Promise<ModelSession> {
  const hash = sha256(bytes);
  const entry: Kept = kept.get(hash) ?? { opened: createSession(bytes), users: 0 };
  entry.users++;
  kept.delete(hash);
  kept.set(hash, entry);
  try {
    const { ort, session } = await entry.opened;
    let isOpen = true;
    return {
      session,
      tensor: (values, shape) => new ort.Tensor("float64", values, shape),
      async release() {
        if (!isOpen) return;
        isOpen = false;
        entry.users--;
        await releaseIdle();
      },
    };
  } catch (error) {
    kept.delete(hash);
    throw error;
  }
}

async function releaseIdle(): Promise<void> {
  const idle = [...kept].filter(([, { users }]) => users === 0);
  for (const [hash, { opened }] of idle.slice(0, Math.max(0, idle.length - IDLE_MAX))) {
    kept.delete(hash);
    await (await opened).session.release();
  }
}

async function createSession(bytes: Uint8Array): Promise<{ ort: Ort; session: InferenceSession }> {
  const ort = await loadOnnxRuntime();
  try {
    const session = await ort.InferenceSession.create(bytes, {
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      executionMode: "sequential",
      // The error comes as an exception; onnxruntime would print it as well.
      logSeverityLevel: 4,
      extra: { session: { intra_op: { allow_spinning: "0" } } },
    });
    return { ort, session };
  } catch (cause) {
    return fail("ml.bad-model", {
      message: `${bytes.length} bytes are not an ONNX model that onnxruntime can load: ${cause instanceof Error ? cause.message : String(cause)}`,
      hint: "Give the bytes of a model made by exportOnnx or importOnnx.",
      fields: { bytes: bytes.length },
      cause,
    });
  }
}

/** From 1.29 on it sends what it runs to its maker, and keeps an id of the machine, unless it is told before it loads. */
async function loadOnnxRuntime(): Promise<Ort> {
  process.env.ORT_DISABLE_TELEMETRY = "1";
  return import("onnxruntime-node");
}
