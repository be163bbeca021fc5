/** Reports how far a long task is. A host draws it (terminal bar, notebook output); code only tells. */
export interface Progress {
  /** @param done units finished, 0 to total. @param note what is being done, a few words. */
  update(done: number, note?: string): void;
  /** Ends the line. Call it once, also after an error. */
  end(note?: string): void;
}

/** Starts a progress line. `total` in any unit; 0 when it is not known. */
export type StartProgress = (label: string, total: number) => Progress;

/** For callers that watch nothing. */
export const silentProgress: StartProgress = () => ({ update() {}, end() {} });
