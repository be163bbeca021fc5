/**
 * What the two threads of a kernel tell each other. The main thread runs the cells; the worker speaks the protocol,
 * and answers whatever the main thread does.
 */
import type { MessagePort } from "node:worker_threads";
import type { CommMessage } from "#session";

export interface WorkerStart {
  readonly connectionFile: string;
  readonly root: string;
  readonly home: string;
  /** Answers to questions by `askInput`; the main thread waits on `signal` until one is there. */
  readonly inputPort: MessagePort;
  readonly signal: Int32Array;
}

export interface RunRequest {
  readonly kind: "run";
  /** Unique in the process; equals the execution count of cells that count. */
  readonly cell: number;
  readonly source: string;
  readonly tags: readonly string[];
  /** Name to expression, evaluated after the cell. */
  readonly expressions: Readonly<Record<string, string>>;
}

export type ToMain =
  | RunRequest
  /** Sent again until it is acknowledged: stopping code may take a message with it. */
  | { readonly kind: "interrupt"; readonly ticket: number }
  | { readonly kind: "comm"; readonly message: CommMessage }
  | { readonly kind: "ask"; readonly id: number; readonly question: Question }
  | { readonly kind: "exit"; readonly code: number };

/** What the worker wants to know of the values that only the main thread can reach. */
export type Question =
  /** All names, or the members of what a path like `a.b` leads to. */
  | { readonly about: "names"; readonly path: readonly string[] }
  | { readonly about: "value"; readonly path: readonly string[]; readonly detail: 0 | 1 };

/** A MIME bundle as JSON: only the main thread can turn what cells show into text. */
export type BundleJson = string;

export interface ErrorContent {
  readonly ename: string;
  readonly evalue: string;
  readonly traceback: readonly string[];
}

export interface CellDone {
  readonly kind: "done";
  readonly cell: number;
  readonly error?: ErrorContent;
  readonly result?: BundleJson;
  /** By name: the JSON of an expression's entry in `user_expressions`. */
  readonly expressions: Readonly<Record<string, string>>;
}

export type ToWorker =
  | { readonly kind: "ready" }
  | {
      readonly kind: "stream";
      readonly cell?: number;
      readonly name: "stdout" | "stderr";
      readonly text: string;
    }
  | {
      readonly kind: "display";
      readonly cell?: number;
      readonly bundle: BundleJson;
      readonly id?: string;
      readonly update: boolean;
    }
  | { readonly kind: "clear"; readonly cell?: number; readonly wait: boolean }
  | CellDone
  | { readonly kind: "interrupted"; readonly ticket: number }
  | { readonly kind: "input"; readonly cell?: number; readonly prompt: string; readonly isPassword: boolean }
  | { readonly kind: "comm"; readonly cell?: number; readonly message: CommMessage }
  | { readonly kind: "target"; readonly target: string }
  | { readonly kind: "frozen"; readonly binding: string; readonly cell: number; readonly hash: string }
  | { readonly kind: "answer"; readonly id: number; readonly answer: unknown };

/** What the worker puts on the input port. */
export type InputAnswer = { readonly value: string } | { readonly refusal: string };
