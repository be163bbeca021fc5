import { PACER_CLOSED } from "./pacer.ts";

/** Something to wait for that may come again and again, until it is closed. One waits at a time. */
export class Signal {
  isClosed = false;
  private isGiven = false;
  private resume: (() => void) | undefined;

  /** Ends the wait, or the next one if nobody waits. */
  give(): void {
    this.isGiven = true;
    this.resume?.();
  }

  /**
   * Resolves at the next signal: true; or after a time: false. Rejects with `PACER_CLOSED`.
   * @param ms at most; undefined waits for ever.
   */
  async wait(ms?: number): Promise<boolean> {
    if (this.isClosed) throw PACER_CLOSED;
    if (!this.isGiven) await this.giveOrTimeout(ms);
    if (this.isClosed) throw PACER_CLOSED;
    const given = this.isGiven;
    this.isGiven = false;
    return given;
  }

  close(): void {
    this.isClosed = true;
    this.resume?.();
  }

  private async giveOrTimeout(ms: number | undefined): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.resume = resolve;
      if (ms !== undefined) timer = setTimeout(resolve, ms);
    });
    clearTimeout(timer);
    this.resume = undefined;
  }
}
