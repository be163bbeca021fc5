/** A model as a strategy's process uses it: in the process itself, or in one of its own behind a pipe. */
import { Socket } from "node:net";
import { decodeValue, ERROR_CODES, type ErrorCode, encodeValue, fail, TickbookError } from "#core";
import { loadPredictor, type PredictorSource } from "#ml";
import { createFrameReader, frameOf } from "./frames.ts";

export interface ModelPort {
  /** Rows that one prediction looks at. */
  readonly window: number;
  /** The distributions of its training: see `driftOf`. */
  readonly baseline: Float64Array;
  /**
   * @param values the last `window` rows. @param timeoutMs Infinity waits for ever.
   * Errors: `live.inference-failed`, `live.inference-timeout`.
   */
  predict(values: Float64Array, timeoutMs: number): Promise<number>;
}

/** What a model's process is asked, in frames; it answers each in order. */
export type ModelQuestion =
  | { readonly kind: "open"; readonly inputs: readonly string[]; readonly bytes: string }
  | { readonly kind: "predict"; readonly values: Float64Array };

export type ModelReply =
  | { readonly ok: unknown }
  | { readonly error: { readonly code: string; readonly message: string; readonly hint: string } };

/** What a model's process tells once it has loaded the model. */
export type ModelOpened = Pick<ModelPort, "window" | "baseline">;

/** Where a prediction comes from, for messages. */
type Named = PredictorSource & { readonly name: string };

/** Runs in this process, which waits for as long as a prediction takes. Errors: `ml.*`. */
export async function openHere(model: Named): Promise<ModelPort> {
  const { window, baseline, predictRow } = await loadPredictor(model);
  return {
    window,
    baseline,
    async predict(values) {
      try {
        return await predictRow(values);
      } catch (error) {
        return inferenceFailed(model.name, (error as Error).message);
      }
    },
  };
}

/**
 * Runs in the process at the other end of a pipe: onnxruntime computes on the thread that asks it, and nothing can
 * interrupt it there. Errors: `ml.*`, `live.inference-failed`.
 * @param fd of the pipe.
 */
export async function openApart({ name, bytes, inputs }: Named, fd: number): Promise<ModelPort> {
  const link = new ModelLink(name, fd);
  const text = Buffer.from(bytes).toString("base64");
  const { window, baseline } = (await link.ask({ kind: "open", inputs, bytes: text })) as ModelOpened;
  return {
    window,
    baseline,
    predict: async (values, timeoutMs) =>
      Number(await link.ask({ kind: "predict", values: Float64Array.from(values) }, timeoutMs)),
  };
}

/** One question at a time: one that was given up is still computed, and until it is answered no other is asked. */
class ModelLink {
  private readonly name: string;
  private readonly socket: Socket;
  private take: ((reply: ModelReply) => void) | undefined;
  private isBusy = false;
  private isGone = false;

  constructor(name: string, fd: number) {
    this.name = name;
    this.socket = new Socket({ fd, readable: true, writable: true });
    const gone = () => {
      this.isGone = true;
      this.take?.({ error: { code: "live.inference-failed", message: this.goneText(), hint: "" } });
    };
    this.socket.on("error", gone).on("close", gone).on("end", gone);
    const receive = (text: string) => {
      this.isBusy = false;
      this.take?.(decodeValue(text) as ModelReply);
    };
    // A model's process is trusted as this one is.
    this.socket.on("data", createFrameReader(2 ** 32, receive, gone));
  }

  async ask(question: ModelQuestion, timeoutMs = Number.POSITIVE_INFINITY): Promise<unknown> {
    if (this.isGone) inferenceFailed(this.name, "its process has ended");
    if (this.isBusy)
      fail("live.inference-timeout", {
        message: `model "${this.name}" still computes an earlier prediction, which was given up`,
      });
    this.isBusy = true;
    let timer: NodeJS.Timeout | undefined;
    const reply = await new Promise<ModelReply>((resolve) => {
      this.take = resolve;
      if (timeoutMs !== Number.POSITIVE_INFINITY)
        timer = setTimeout(() => resolve(this.lateReply(timeoutMs)), timeoutMs);
      this.socket.write(frameOf(encodeValue(question)));
    });
    clearTimeout(timer);
    this.take = undefined;
    if ("error" in reply) throw errorOf(this.name, reply.error);
    return reply.ok;
  }

  private lateReply(timeoutMs: number): ModelReply {
    const message = `model "${this.name}" did not predict within ${timeoutMs} ms`;
    return { error: { code: "live.inference-timeout", message, hint: "" } };
  }

  private goneText(): string {
    return `model "${this.name}" did not predict: its process has ended`;
  }
}

function errorOf(name: string, { code, message, hint }: Extract<ModelReply, { error: object }>["error"]) {
  const known = Object.hasOwn(ERROR_CODES, code) && code !== "core.bug";
  if (!known) return inferenceError(name, message);
  return new TickbookError(code as ErrorCode, { message, ...(hint ? { hint } : {}) });
}

function inferenceFailed(name: string, why: string): never {
  throw inferenceError(name, why);
}

function inferenceError(name: string, why: string): TickbookError {
  const message = `model "${name}" did not predict: ${why}`;
  return new TickbookError("live.inference-failed", { message, fields: { model: name } });
}
