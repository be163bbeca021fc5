import { type Client, errorData } from "../comm/client.ts";
import type { CronEcho, ErrorData, Job, Parameter, Run } from "../comm/protocol.ts";
import { Store } from "../ui/store.ts";
import { firstForm, type Problems, problems, requestOf, type ScheduleForm } from "./form.ts";

export interface ScheduleState {
  readonly phase: "loading" | "form" | "failed";
  readonly parameters: readonly Parameter[];
  readonly form: ScheduleForm;
  readonly problems: Problems;
  readonly echo: CronEcho | null;
  readonly cronError: ErrorData | null;
  readonly busy: "add" | "run-once" | null;
  readonly error: ErrorData | null;
}

export interface SchedulePorts {
  connect(): Promise<{ client: Pick<Client, "request">; notebook: string }>;
  /** The user's own time zone. */
  readonly zone: string;
  /** Calls back after a pause in typing; a later call replaces an earlier one. */
  later(callback: () => void): void;
  onAdded(job: Job): void;
  onRun(run: Run): void;
}

/** One schedule being made. */
export class ScheduleDraft {
  readonly state: Store<ScheduleState>;
  private readonly ports: SchedulePorts;
  private asked = 0;

  constructor(ports: SchedulePorts) {
    this.ports = ports;
    const form = firstForm([], ports.zone);
    this.state = new Store<ScheduleState>({
      phase: "loading",
      parameters: [],
      form,
      problems: {},
      echo: null,
      cronError: null,
      busy: null,
      error: null,
    });
  }

  /** Reads the parameters of the notebook. Never rejects. */
  async load(): Promise<void> {
    this.state.update((state) => ({ ...state, phase: "loading", error: null }));
    try {
      const { client, notebook } = await this.ports.connect();
      const { parameters } = await client.request<{ parameters: readonly Parameter[] }>(
        "schedule.parameters",
        { notebook },
      );
      this.state.update((state) => ({
        ...state,
        phase: "form",
        parameters,
        form: { ...firstForm(parameters, state.form.zone), cron: state.form.cron },
        problems: {},
      }));
      await this.explain();
    } catch (error) {
      this.state.update((state) => ({ ...state, phase: "failed", error: errorData(error) }));
    }
  }

  change(change: Partial<ScheduleForm>): void {
    const before = this.state.get().form;
    this.state.update((state) => {
      const form = { ...state.form, ...change };
      return { ...state, form, problems: problems(state.parameters, form), error: null };
    });
    const after = this.state.get().form;
    if (after.cron !== before.cron || after.zone !== before.zone) this.ports.later(() => void this.explain());
  }

  setValue(name: string, text: string): void {
    this.change({ values: { ...this.state.get().form.values, [name]: text } });
  }

  /** Schedules it, or runs it once now. Never rejects. */
  async submit(what: "add" | "run-once"): Promise<void> {
    const { form, parameters, busy } = this.state.get();
    const found = problems(parameters, form);
    if (busy !== null || Object.keys(found).length > 0) return;
    this.state.update((state) => ({ ...state, busy: what, error: null }));
    try {
      const { client, notebook } = await this.ports.connect();
      const { cron, ...rest } = requestOf(notebook, parameters, form);
      if (what === "add") {
        const { job } = await client.request<{ job: Job }>("schedule.add", { ...rest, cron });
        this.ports.onAdded(job);
      } else {
        const { run } = await client.request<{ run: Run }>("schedule.run-once", rest);
        this.ports.onRun(run);
      }
      this.state.update((state) => ({ ...state, busy: null }));
    } catch (error) {
      this.state.update((state) => ({ ...state, busy: null, error: errorData(error) }));
    }
  }

  /** Asks the kernel what the cron text means; only the newest answer counts. */
  private async explain(): Promise<void> {
    const mine = ++this.asked;
    const { cron, zone } = this.state.get().form;
    const set = (echo: CronEcho | null, cronError: ErrorData | null) => {
      if (mine === this.asked) this.state.update((state) => ({ ...state, echo, cronError }));
    };
    if (cron.trim() === "") return set(null, null);
    try {
      const { client } = await this.ports.connect();
      set(await client.request<CronEcho>("schedule.explain", { cron: cron.trim(), zone }), null);
    } catch (error) {
      set(null, errorData(error));
    }
  }
}
