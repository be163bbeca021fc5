import type { Millis } from "#core";
import { PACER_CLOSED, type Pacer, TIMER_MS_MAX } from "./pacer.ts";
import { Signal } from "./signal.ts";

/** Replays `speed` times as fast as the clock on the wall, from the moment of the first wait on. */
export class PacedPacer implements Pacer {
  readonly waitsFor = undefined;
  private readonly speed: number;
  private readonly commands = new Signal();
  private anchor: { readonly wall: Millis; readonly replay: Millis } | undefined;

  constructor(speed: number) {
    this.speed = speed;
  }

  /** Lets requests in between two messages, however far behind the replay is. */
  async ready(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve));
    if (this.commands.isClosed) throw PACER_CLOSED;
  }

  async reach(time: Millis): Promise<boolean> {
    if (time === Number.POSITIVE_INFINITY) return !(await this.commands.wait());
    this.anchor ??= { wall: performance.now(), replay: time };
    const due = this.anchor.wall + (time - this.anchor.replay) / this.speed;
    for (;;) {
      const left = due - performance.now();
      if (left <= 0) return true;
      if (await this.commands.wait(Math.min(Math.ceil(left), TIMER_MS_MAX))) return false;
    }
  }

  wake(): void {
    this.commands.give();
  }

  async close(): Promise<void> {
    this.commands.close();
  }
}
