/**
 * The comm between JupyterLab and tickbook, target `tickbook`. It is answered on the worker thread, so also while a
 * cell computes; the work is done by tickbook commands in processes of their own.
 *
 *   kernel -> front   {"hello": {protocol, version, root, home}}                    once, first
 *   front -> kernel   {"id", "method", "params"}                                    a request
 *   front -> kernel   {"id", "cancel": true}                                        ends it
 *   kernel -> front   {"id", "progress"}                                            any number
 *   kernel -> front   {"id", "result"} or {"id", "error": {code, message, hint}}    its end
 *   kernel -> front   {"event": "live" | "diagnostics", "value"}                    by itself
 *   front -> kernel   {"cells": [{cellId, source}]}                                 the notebook as it stands
 */
import { fail, isTickbookError } from "#core";
import type { Comm, CommHandler } from "../protocol/comms.ts";
import { CommandError } from "./command.ts";
import type { NotebookCell, ServiceContext } from "./index.ts";
import { type LiveEvents, liveMethods } from "./live.ts";
import { promoteMethods } from "./promote.ts";
import { scheduleMethods } from "./schedule.ts";

export const PROTOCOL = 1;

/** What a method knows of the request that it answers. */
export interface Call {
  readonly params: Readonly<Record<string, unknown>>;
  /** Aborts when the front end cancels the request, or is gone. */
  readonly signal: AbortSignal;
  /** Aborts when the front end is gone. */
  readonly closed: AbortSignal;
  progress(value: object): void;
  /** Tells the front end something by itself. */
  event(name: "live" | "diagnostics", value: unknown): void;
}

export type Method = (call: Call) => Promise<unknown>;

/** Serves front ends; each opens a comm of its own. @param live what all of them share. */
export function labTarget(context: ServiceContext, live: LiveEvents): (comm: Comm) => CommHandler {
  const methods: Readonly<Record<string, Method>> = {
    ...promoteMethods(context),
    ...liveMethods(context, live),
    ...scheduleMethods(context),
  };
  return (comm) => {
    const { root, home, version } = context;
    comm.send({ hello: { protocol: PROTOCOL, version, root, home } });
    return new FrontEnd(comm, methods, context);
  };
}

class FrontEnd implements CommHandler {
  readonly #comm: Comm;
  readonly #methods: Readonly<Record<string, Method>>;
  readonly #context: ServiceContext;
  readonly #closed = new AbortController();
  readonly #running = new Map<unknown, AbortController>();
  /** How often the notebook was told of. */
  #edits = 0;

  constructor(comm: Comm, methods: Readonly<Record<string, Method>>, context: ServiceContext) {
    this.#comm = comm;
    this.#methods = methods;
    this.#context = context;
  }

  message(data: unknown): void {
    const { id, method, params, cancel, cells } = (data ?? {}) as Readonly<Record<string, unknown>>;
    if (Array.isArray(cells)) void this.#diagnose(cells.filter(isCell));
    else if (cancel === true) this.#running.get(id)?.abort();
    else if (typeof method === "string") void this.#answer(id, method, params);
  }

  closed(): void {
    for (const running of this.#running.values()) running.abort();
    this.#closed.abort();
  }

  /** Tells what does not fit, unless the notebook has changed meanwhile. */
  async #diagnose(cells: readonly NotebookCell[]): Promise<void> {
    const edit = ++this.#edits;
    const found = await this.#context.diagnose(cells);
    if (found && edit === this.#edits) this.#comm.send({ event: "diagnostics", value: { cells: found } });
  }

  async #answer(id: unknown, name: string, params: unknown): Promise<void> {
    const controller = new AbortController();
    this.#running.set(id, controller);
    try {
      const method = Object.hasOwn(this.#methods, name) ? this.#methods[name] : undefined;
      if (!method)
        fail("jupyter.unknown-method", { message: `there is no method "${name}"`, fields: { name } });
      const result = await method({
        params: typeof params === "object" && params !== null ? (params as Call["params"]) : {},
        signal: controller.signal,
        closed: this.#closed.signal,
        progress: (value) => this.#comm.send({ id, progress: value }),
        event: (event, value) => this.#comm.send({ event, value }),
      });
      this.#comm.send({ id, result: result ?? {} });
    } catch (error) {
      this.#comm.send({ id, error: errorOf(error, controller.signal) });
    } finally {
      this.#running.delete(id);
    }
  }
}

function isCell(value: unknown): value is NotebookCell {
  const { cellId, source } = (value ?? {}) as Readonly<Record<string, unknown>>;
  return typeof cellId === "string" && typeof source === "string";
}

function errorOf(error: unknown, { aborted }: AbortSignal): object {
  if (aborted) return { code: "jupyter.cancelled", message: "it was cancelled" };
  if (error instanceof CommandError || isTickbookError(error)) {
    const { code, message, hint, fields } = error;
    return { code, message, ...(hint === undefined ? {} : { hint }), fields };
  }
  return { code: "core.bug", message: error instanceof Error ? error.message : String(error) };
}
