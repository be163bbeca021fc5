/** The thread of the language service: takes one request after the other, the newest of its kind. */
import { parentPort, workerData } from "node:worker_threads";
import type { TypeAnswer, TypeRequest } from "./type-messages.ts";
import { TypeService } from "./type-service.ts";

/** Of these only the newest question is of interest: the code has changed since. */
const NEWEST_COUNTS = { complete: true, inspect: true, diagnose: true };

const port = parentPort!;
const { folder } = workerData as { readonly folder: string };
const service = import("typescript").then(({ default: ts }) => new TypeService(ts, folder));

const waiting: TypeRequest[] = [];

port.on("message", (request: TypeRequest) => {
  waiting.push(request);
  // What has arrived meanwhile is looked at first.
  setImmediate(() => void service.then(answerNext));
});

function answerNext(types: TypeService): void {
  const request = waiting.shift();
  if (!request) return;
  const isOutdated = request.kind in NEWEST_COUNTS && waiting.some(({ kind }) => kind === request.kind);
  const answer: TypeAnswer = { id: request.id, ...(isOutdated ? {} : answerTo(types, request)) };
  port.postMessage(answer);
}

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
