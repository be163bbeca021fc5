import type { Client, RequestOptions } from "../comm/client.ts";
import { errorData } from "../comm/client.ts";
import type { CheckStep, Promoted, PromoteReview, StartStep, StepProgress } from "../comm/protocol.ts";
import { Store } from "../ui/store.ts";
import {
  type Choice,
  capitalOf,
  differing,
  firstChoice,
  type PromoteState,
  type ReviewState,
} from "./state.ts";
import { advance, CHECKS, durations, STARTS, type Step, waitingSteps } from "./steps.ts";

/** What a promotion needs of the world around it. */
export interface PromotePorts {
  /** A line to the kernel, and the notebook's path as the kernel wants it. */
  connect(): Promise<{ client: Pick<Client, "request">; notebook: string }>;
  /** Saves the notebook; returns how many cells it has. */
  save(): Promise<number>;
  now(): number;
  /** What each step took the last time, in milliseconds. */
  lastDurations(): Record<string, number>;
  keepDurations(ms: Record<string, number>): void;
  /** Told when the checks or the start are over. */
  onSettled(state: PromoteState): void;
}

/** One promotion, from the save to the running strategy. Views draw `state`. */
export class Promotion {
  readonly state: Store<PromoteState>;
  readonly lastMs: Record<string, number>;
  private readonly ports: PromotePorts;
  private abort = new AbortController();

  constructor(ports: PromotePorts) {
    this.ports = ports;
    this.lastMs = ports.lastDurations();
    this.state = new Store<PromoteState>(this.fresh());
  }

  /** Saves, checks, and ends in refused, failed or review. Never rejects. */
  async check(): Promise<void> {
    this.abort = new AbortController();
    this.state.set(this.fresh());
    try {
      this.step({ step: "saved", state: "running" });
      const cells = await this.ports.save();
      this.step({ step: "saved", state: "passed", note: `${cells} cells` });
      const { client, notebook } = await this.ports.connect();
      const review = await client.request<PromoteReview, StepProgress<CheckStep>>(
        "promote.check",
        { notebook },
        this.options((progress) => this.step(progress)),
      );
      this.reviewed(review);
    } catch (error) {
      const data = errorData(error);
      if (data.code === "lab.cancelled") return;
      this.settle({ phase: "failed", error: data, steps: this.steps() });
    }
  }

  /** Stops what runs; the kernel is told. */
  cancel(): void {
    this.abort.abort();
  }

  choose(change: (choice: Choice) => Choice): void {
    this.state.update((state) =>
      state.phase === "review" && !state.starting ? { ...state, choice: change(state.choice) } : state,
    );
  }

  /** Signs the bundle and starts it, as chosen. Never rejects. */
  async start(): Promise<void> {
    const reviewing = this.state.get();
    if (reviewing.phase !== "review" || reviewing.starting) return;
    const { review, choice, steps } = reviewing;
    const base: ReviewState = { phase: "review", review, steps, choice: { ...choice, isAsking: false } };
    this.state.set({ ...base, starting: waitingSteps(STARTS) });
    this.abort = new AbortController();
    try {
      const { client, notebook } = await this.ports.connect();
      const promoted = await client.request<Promoted, StepProgress<StartStep>>(
        "promote.start",
        {
          notebook,
          run: review.run,
          stage: choice.stage,
          account: choice.account,
          capital: capitalOf(choice.capital),
          accepted: choice.accepted ? differing(review).map(({ binding }) => binding) : [],
        },
        this.options((progress) => this.startStep(progress)),
      );
      this.settle({ phase: "done", promoted, currency: review.currency ?? promoted.status.currency });
    } catch (error) {
      const data = errorData(error);
      if (data.code === "lab.cancelled") this.state.set(base);
      else this.settle({ ...base, error: data });
    }
  }

  private fresh(): PromoteState {
    return { phase: "check", steps: waitingSteps(CHECKS, this.lastMs), startedAt: this.ports.now() };
  }

  private options<P>(onProgress: (progress: P) => void): RequestOptions<P> {
    return { onProgress, signal: this.abort.signal };
  }

  private steps(): readonly Step<CheckStep>[] {
    const state = this.state.get();
    return state.phase === "done" ? [] : state.steps;
  }

  private step(progress: StepProgress<CheckStep>): void {
    const now = this.ports.now();
    this.state.update((state) =>
      state.phase === "check" ? { ...state, steps: advance(state.steps, progress, now) } : state,
    );
  }

  private startStep(progress: StepProgress<StartStep>): void {
    const now = this.ports.now();
    this.state.update((state) =>
      state.phase === "review" && state.starting
        ? { ...state, starting: advance(state.starting, progress, now) }
        : state,
    );
  }

  private reviewed(review: PromoteReview): void {
    const steps = this.steps();
    this.ports.keepDurations({ ...this.lastMs, ...durations(steps) });
    if (review.refusals.length > 0) this.settle({ phase: "refused", review, steps });
    else this.settle({ phase: "review", review, steps, choice: firstChoice(review) });
  }

  private settle(state: PromoteState): void {
    this.state.set(state);
    this.ports.onSettled(state);
  }
}
