/**
 * The process of one model whose predictions may be waited for only so long: it runs what the strategy's process asks
 * over a pipe, and ends when that is gone. No code of a bundle runs here.
 */
import { Socket } from "node:net";
import { assert, decodeValue, encodeValue, isTickbookError } from "#core";
import { loadPredictor, type OnnxPredictor } from "#ml";
import { CHANNEL_FD, createFrameReader, frameOf } from "./frames.ts";
import type { ModelOpened, ModelQuestion, ModelReply } from "./model-port.ts";

let predictor: OnnxPredictor | undefined;

async function obey(question: ModelQuestion): Promise<unknown> {
  if (question.kind === "predict") {
    assert(predictor, "a model is opened before it predicts");
    return predictor.predictRow(question.values);
  }
  predictor = await loadPredictor({
    bytes: Buffer.from(question.bytes, "base64"),
    inputs: question.inputs,
  });
  const { window, baseline } = predictor;
  return { window, baseline } satisfies ModelOpened;
}

async function answer(text: string): Promise<void> {
  let reply: ModelReply;
  try {
    reply = { ok: await obey(decodeValue(text) as ModelQuestion) };
  } catch (error) {
    const { code, hint } = isTickbookError(error) ? error : { code: "core.bug", hint: undefined };
    reply = { error: { code, message: (error as Error).message, hint: hint ?? "" } };
  }
  channel.write(frameOf(encodeValue(reply)));
}

const channel = new Socket({ fd: CHANNEL_FD, readable: true, writable: true });
let last: Promise<void> = Promise.resolve();
const end = () => process.exit(0);
channel.on("error", end).on("close", end).on("end", end);
channel.on(
  "data",
  createFrameReader(
    2 ** 32,
    (text) => {
      last = last.then(() => answer(text));
    },
    end,
  ),
);
