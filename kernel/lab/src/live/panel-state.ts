import type { ErrorData, LiveView } from "../comm/protocol.ts";
import type { Action } from "./model.ts";

export interface LiveState {
  /** How the panel reaches the kernel. */
  readonly line: "connecting" | "connected" | "lost";
  readonly lineError?: ErrorData;
  /** The last view that came; null before the first. */
  readonly view: LiveView | null;
  /** When it came, by this machine's clock. */
  readonly heardAt: number;
  /** What the last action was refused for. */
  readonly actionError?: ErrorData;
  readonly isArmed: boolean;
}

export interface LiveActions {
  act(action: Action, account: string): void;
  haltAll(): void;
  arm(isArmed: boolean): void;
  tryAgain(): void;
  openNotebook(): void;
  dismissError(): void;
}
