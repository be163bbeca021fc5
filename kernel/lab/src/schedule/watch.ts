import { type Client, errorData } from "../comm/client.ts";
import type { Job, JobList, Run } from "../comm/protocol.ts";
import { Store } from "../ui/store.ts";
import type { JobAction, ListState } from "./list-state.ts";

export interface ListPorts {
  connect(): Promise<{ client: Pick<Client, "request" | "isClosed">; release(): void }>;
  after(ms: number, callback: () => void): () => void;
  readonly zone: string;
}

const REFRESH_MS = 2_000;

/** The jobs and the runs of the selected one, read again every 2 s while it is on, and after each action. */
export class ScheduleWatch {
  readonly state: Store<ListState>;
  private readonly ports: ListPorts;
  private isOn = false;
  private line: { client: Pick<Client, "request" | "isClosed">; release(): void } | null = null;
  private stopTimer: () => void = () => undefined;

  constructor(ports: ListPorts) {
    this.ports = ports;
    this.state = new Store<ListState>({
      list: null,
      error: null,
      selected: null,
      runs: [],
      zone: ports.zone,
    });
  }

  start(): void {
    if (this.isOn) return;
    this.isOn = true;
    void this.loop();
  }

  stop(): void {
    this.isOn = false;
    this.stopTimer();
    this.line?.release();
    this.line = null;
  }

  select(job: string): void {
    if (this.state.get().selected === job) return;
    this.state.update((state) => ({ ...state, selected: job, runs: [] }));
    void this.refresh();
  }

  act(action: JobAction, job: string): Promise<void> {
    return this.ask(`schedule.${action}`, { job });
  }

  cancel(run: string): Promise<void> {
    return this.ask("schedule.cancel", { run });
  }

  startScheduler(): Promise<void> {
    return this.ask("schedule.start-scheduler", {});
  }

  /** Reads all again. Never rejects. */
  async refresh(): Promise<void> {
    try {
      const client = await this.client();
      const list = await client.request<JobList>("schedule.list", {});
      const selected = selectedOf(list.jobs, this.state.get().selected);
      const runs =
        selected === null
          ? []
          : (await client.request<{ runs: readonly Run[] }>("schedule.runs", { job: selected })).runs;
      this.state.update((state) => {
        const isSame = selectedOf(list.jobs, state.selected) === selected;
        const newestFirst = [...runs].sort((a, b) => b.number - a.number);
        return { ...state, list, error: null, ...(isSame ? { selected, runs: newestFirst } : {}) };
      });
    } catch (error) {
      this.state.update((state) => ({ ...state, error: errorData(error) }));
    }
  }

  private async ask(method: string, params: unknown): Promise<void> {
    try {
      await (await this.client()).request(method, params);
    } catch (error) {
      this.state.update((state) => ({ ...state, error: errorData(error) }));
      return;
    }
    await this.refresh();
  }

  private async client(): Promise<Pick<Client, "request" | "isClosed">> {
    if (this.line?.client.isClosed) {
      this.line.release();
      this.line = null;
    }
    this.line ??= await this.ports.connect();
    return this.line.client;
  }

  private async loop(): Promise<void> {
    await this.refresh();
    if (this.isOn) this.stopTimer = this.ports.after(REFRESH_MS, () => void this.loop());
    else this.stop();
  }
}

/** The selected job if it is still there, else the first. */
function selectedOf(jobs: readonly Job[], selected: string | null): string | null {
  return jobs.find(({ id }) => id === selected)?.id ?? jobs[0]?.id ?? null;
}
