/**
 * The functions that compiled code calls for syntax Node 20 does not have: `using` and decorators (the TypeScript
 * `experimentalDecorators` kind). The compiler expects them in a global object of this name.
 */
export const HELPERS_NAME = "babelHelpers";

type Decorator = (target: unknown, key?: PropertyKey, descriptor?: unknown) => unknown;
type Dispose = (this: unknown) => unknown;

/** Two errors of one block: `error` came from disposing, while `suppressed` was already on its way. */
class SuppressedError extends Error {
  override readonly name = "SuppressedError";
  readonly error: unknown;
  readonly suppressed: unknown;

  constructor(error: unknown, suppressed: unknown) {
    super("an error was thrown while a resource was disposed, after another error");
    this.error = error;
    this.suppressed = suppressed;
  }
}

/** The resources of one block. The compiled code sets `e` to what the block threw, then calls `d`. */
interface UsingContext {
  e: unknown;
  /** Takes a resource of `using`. */
  u<T>(resource: T): T;
  /** Takes a resource of `await using`. */
  a<T>(resource: T): T;
  /** Disposes in reverse order; a promise from the first asynchronous resource on. */
  d(): unknown;
}

const NOTHING = Symbol("nothing");

function usingCtx(): UsingContext {
  const stack: { readonly value: unknown; readonly dispose: Dispose | undefined; readonly wait: boolean }[] =
    [];
  let failure: unknown = NOTHING;
  const take = <T>(resource: T, wait: boolean): T => {
    if (resource === null || resource === undefined) {
      if (wait) stack.push({ value: undefined, dispose: undefined, wait });
      return resource;
    }
    stack.push({ value: resource, dispose: disposeOf(resource, wait), wait });
    return resource;
  };
  const note = (error: unknown) => {
    failure = failure === NOTHING ? error : new SuppressedError(error, failure);
  };
  const finish = () => {
    if (failure !== NOTHING) throw failure;
  };
  const disposeRest = (): unknown => {
    for (let top = stack.pop(); top; top = stack.pop()) {
      try {
        const done = top.dispose?.call(top.value);
        if (top.wait) return Promise.resolve(done).then(undefined, note).then(disposeRest);
      } catch (error) {
        note(error);
      }
    }
    return finish();
  };
  return {
    get e() {
      return failure;
    },
    set e(error: unknown) {
      failure = error;
    },
    u: (resource) => take(resource, false),
    a: (resource) => take(resource, true),
    d: disposeRest,
  };
}

function disposeOf(resource: unknown, wait: boolean): Dispose {
  if (typeof resource !== "object" && typeof resource !== "function") {
    throw new TypeError(`"using" needs an object with a [Symbol.dispose] method, not ${String(resource)}`);
  }
  const methods = resource as { [Symbol.dispose]?: unknown; [Symbol.asyncDispose]?: unknown };
  const method = (wait ? methods[Symbol.asyncDispose] : undefined) ?? methods[Symbol.dispose];
  if (typeof method !== "function") {
    throw new TypeError('"using" needs an object with a [Symbol.dispose] method, and this one has none');
  }
  return method as Dispose;
}

/** Two arguments for a class; four for a member: null stands for its own descriptor, undefined for a field. */
function decorate(
  decorators: readonly Decorator[],
  target: object,
  key?: PropertyKey,
  descriptor?: PropertyDescriptor | null,
): unknown {
  let result: unknown = target;
  if (key !== undefined) {
    result = descriptor === null ? Object.getOwnPropertyDescriptor(target, key) : descriptor;
  }
  for (const decorator of [...decorators].reverse()) {
    const replaced = key === undefined ? decorator(result) : decorator(target, key, result);
    result = replaced ?? result;
  }
  if (key !== undefined && result) Object.defineProperty(target, key, result as PropertyDescriptor);
  return result;
}

function decorateParam(
  index: number,
  decorator: (target: unknown, key: unknown, index: number) => void,
): Decorator {
  return (target, key) => decorator(target, key, index);
}

export const cellHelpers = { usingCtx, decorate, decorateParam } as const;
