import { createHook } from "node:async_hooks";

/** What Node 20 offers of its own book-keeping. */
interface AsyncWrap {
  readonly async_hook_fields?: Uint32Array;
  readonly constants?: { readonly kTotals: number; readonly kCheck: number };
  clearAsyncIdStack?(): void;
}

/**
 * Node's stack of running callbacks. It exists while output is followed to its cell, and a callback that another
 * thread stops leaves its entry there: Node takes that for a bug of its own and ends the process. Here it learns to
 * live with it. Newer Node follows callbacks in another way and has no such stack.
 */
export class AsyncStack {
  private readonly wrap: AsyncWrap | undefined = asyncWrap();

  constructor() {
    // Node switches its checks on whenever code begins to follow callbacks: this session, or a package of the user's.
    const hooks = Object.getPrototypeOf(createHook({})) as { enable(): unknown };
    const { enable } = hooks;
    const tolerate = () => this.tolerate();
    hooks.enable = function enableAndTolerate() {
      const hook = enable.call(this);
      tolerate();
      return hook;
    };
  }

  /** Switches the checks off. Only they read these two numbers: the hooks themselves are counted elsewhere. */
  private tolerate(): void {
    const { async_hook_fields: fields, constants } = this.wrap ?? {};
    if (!fields || !constants) return;
    fields[constants.kCheck] = 0;
    fields[constants.kTotals] = 0;
  }

  /** Empties it, as Node does after an error nobody caught. */
  clear(): void {
    this.wrap?.clearAsyncIdStack?.();
  }
}

function asyncWrap(): AsyncWrap | undefined {
  const { binding } = process as unknown as { binding?: (name: string) => AsyncWrap };
  try {
    return binding?.("async_wrap");
  } catch {
    return undefined;
  }
}
