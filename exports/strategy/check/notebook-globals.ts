/** What a notebook's code sees without an import, beside JavaScript's and Node's own. */
export const NOTEBOOK_GLOBALS = `
interface NotebookShowOptions {
  /** Names the output, so that a later call can replace it. */
  readonly id?: string;
  /** Replaces the outputs of that id in place. */
  readonly update?: boolean;
}
/** Shows a value below the cell. */
declare const display: {
  (value: unknown, options?: NotebookShowOptions): void | Promise<void>;
  html(text: string, options?: NotebookShowOptions): void;
  markdown(text: string, options?: NotebookShowOptions): void;
  /** Removes what the cell has shown; with \`wait\`, when it shows the next thing. */
  clear(options?: { readonly wait?: boolean }): void;
};
/** Asks whoever runs the notebook for a line of text; null without an answer. */
declare const prompt: {
  (text?: string, value?: string): string | null;
  /** What is typed is not shown. */
  password(text?: string): string | null;
};
/** Asks whoever runs the notebook a yes-or-no question. */
declare function confirm(text?: string): boolean;
`;
