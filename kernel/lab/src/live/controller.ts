import { type Client, CommError, errorData } from "../comm/client.ts";
import type { LiveView, ToldView } from "../comm/protocol.ts";
import { Store } from "../ui/store.ts";
import { type Action, wholeView } from "./model.ts";
import type { LiveState } from "./panel-state.ts";

export interface LivePorts {
  /** A line to any kernel; `release` when it is no longer used. */
  connect(): Promise<{ client: Pick<Client, "request" | "on" | "onClose">; release(): void }>;
  now(): number;
  /** Calls back after a while, unless the returned function is called first. */
  after(ms: number, callback: () => void): () => void;
}

type LiveClient = Pick<Client, "request">;

/** The first is short: a notebook's kernel that is restarted takes its line along, and trading goes on. */
const RETRY_MS = [300, 1_000, 2_000, 5_000, 10_000];

/** Watches the strategies while it is on, and finds another line when one is lost. */
export class LiveWatch {
  readonly state: Store<LiveState>;
  private readonly ports: LivePorts;
  private isOn = false;
  private client: LiveClient | null = null;
  private connecting: Promise<LiveClient | null> | null = null;
  private drop: () => void = () => undefined;
  private stopRetry: () => void = () => undefined;
  private failures = 0;
  private turn = 0;

  constructor(ports: LivePorts) {
    this.ports = ports;
    this.state = new Store<LiveState>({ line: "connecting", view: null, heardAt: 0, isArmed: false });
  }

  start(): void {
    if (this.isOn) return;
    this.isOn = true;
    void this.connect();
  }

  /** Lets go of the line. What was seen stays, and is no longer fresh. */
  stop(): void {
    this.isOn = false;
    this.turn += 1;
    this.connecting = null;
    this.stopRetry();
    this.drop();
    this.client = null;
    this.state.update((state) => ({ ...state, line: "connecting", isArmed: false }));
  }

  tryAgain(): void {
    this.failures = 0;
    this.stopRetry();
    if (this.isOn && this.client === null) void this.connect();
  }

  arm(isArmed: boolean): void {
    this.state.update((state) => ({ ...state, isArmed }));
  }

  act(action: Action, account: string): Promise<void> {
    return this.ask(`live.${action}`, { account });
  }

  haltAll(): Promise<void> {
    return this.ask("live.halt-all", {});
  }

  dismissError(): void {
    this.state.update(({ actionError: _, ...state }) => state);
  }

  private async ask(method: string, params: unknown): Promise<void> {
    this.dismissError();
    try {
      // Halting must not wait for a retry that is seconds away.
      const client = this.client ?? (this.isOn ? await this.connect() : null);
      if (!client) throw this.unreachable();
      await client.request(method, params);
    } catch (error) {
      this.state.update((state) => ({ ...state, actionError: errorData(error) }));
    }
  }

  private unreachable(): CommError {
    const { lineError } = this.state.get();
    return new CommError(
      lineError ?? {
        code: "lab.disconnected",
        message: "The panel has no line to tickbook, so nothing was asked.",
        hint: "In a terminal, `npx tickbook live halt-all` halts without this panel.",
      },
    );
  }

  /** The line that is being made, or a new one. */
  private connect(): Promise<LiveClient | null> {
    if (this.connecting !== null) return this.connecting;
    const connecting = this.open(++this.turn).finally(() => {
      if (this.connecting === connecting) this.connecting = null;
    });
    this.connecting = connecting;
    return connecting;
  }

  private async open(mine: number): Promise<LiveClient | null> {
    this.stopRetry();
    this.state.update((state) => ({ ...state, line: "connecting" }));
    try {
      const { client, release } = await this.ports.connect();
      if (mine !== this.turn) {
        release();
        return null;
      }
      const unlisten = client.on<ToldView>("live", (view) => this.heard(wholeView(view)));
      this.drop = () => {
        unlisten();
        release();
        this.drop = () => undefined;
      };
      client.onClose(() => mine === this.turn && this.lost(null));
      await client.request("live.watch", {});
      if (mine !== this.turn) return null;
      this.client = client;
      this.failures = 0;
      this.state.update(({ lineError: _, ...state }) => ({ ...state, line: "connected" }));
      return client;
    } catch (error) {
      if (mine === this.turn) this.lost(error);
      return null;
    }
  }

  private heard(view: LiveView): void {
    const heardAt = this.ports.now();
    this.state.update((state) => ({ ...state, view, heardAt }));
  }

  private lost(error: unknown): void {
    this.turn += 1;
    this.connecting = null;
    this.drop();
    this.client = null;
    if (!this.isOn) return;
    this.state.update((state) =>
      error === null
        ? { ...state, line: "connecting" }
        : { ...state, line: "lost", lineError: errorData(error) },
    );
    const wait = RETRY_MS[Math.min(this.failures, RETRY_MS.length - 1)]!;
    this.failures += 1;
    this.stopRetry = this.ports.after(wait, () => void this.connect());
  }
}
