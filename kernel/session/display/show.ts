import type { MimeBundle } from "../ports.ts";
import { bundleOf } from "./bundle.ts";

interface ShowOptions {
  /** Names the output, so that a later call can replace it. */
  readonly id?: string;
  /** Replaces the outputs of that id in place. */
  readonly update?: boolean;
}

/** The global `display` of a notebook. */
export interface Display {
  /** Shows a value as the last line of a cell would. Await it when the value's own display method is asynchronous. */
  (value: unknown, options?: ShowOptions): void | Promise<void>;
  html(text: string, options?: ShowOptions): void;
  markdown(text: string, options?: ShowOptions): void;
  /** Clears what the cell has shown; with `wait`, only when something new comes, so that nothing flickers. */
  clear(options?: { readonly wait?: boolean }): void;
}

/** What a host does with it. */
export interface DisplayPort {
  show(bundle: MimeBundle, options?: ShowOptions): void;
  clear(wait: boolean): void;
}

export function createDisplay({ show, clear }: DisplayPort): Display {
  const display = (value: unknown, options?: ShowOptions) => {
    const bundle = bundleOf(value);
    return bundle instanceof Promise ? bundle.then((ready) => show(ready, options)) : show(bundle, options);
  };
  return Object.assign(display, {
    html: (text: string, options?: ShowOptions) => show({ "text/html": text, "text/plain": text }, options),
    markdown: (text: string, options?: ShowOptions) =>
      show({ "text/markdown": text, "text/plain": text }, options),
    clear: ({ wait = false }: { readonly wait?: boolean } = {}) => clear(wait),
  });
}
