/** The thread of the language service: takes one request after the other, the newest of its kind. */
import { parentPort, workerData } from "node:worker_threads";
import type { TypeAnswer, TypeRequest } from "./type-messages.ts";
import { TypeService } from "./type-service.ts";

const port = parentPort!;
const { folder } = workerData as { readonly folder: string };
const service = import("typescript").then(({ default: ts }) => new TypeService(ts, folder));

port.on("message", (request: TypeRequest) => {
  void service.then((types) => {
    const answer: TypeAnswer = { id: request.id, ...answerTo(types, request) };
    port.postMessage(answer);
  });
});

function answerTo(types: TypeService, request: TypeRequest): Omit<TypeAnswer, "id"> {
  try {
    switch (request.kind) {
      case "ran":
        types.ran(request.cell, request.source);
        return {};
      case "complete":
        return { answer: types.complete(request.code, request.offset) };
      case "inspect":
        return { answer: types.inspect(request.code, request.offset, request.detail) };
      case "check":
        return { answer: types.check(request.source) };
      case "diagnose":
        return { answer: types.diagnose(request.cells) };
    }
  } catch (error) {
    // What the compiler meets in half a line of code is no reason to end.
    return { failure: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
