import { ReactWidget } from "@jupyterlab/ui-components";
import type { Message } from "@lumino/messaging";
import type { ReactElement } from "react";
import type { Place } from "../comm/protocol.ts";
import { useStore } from "../ui/use-store.ts";
import { Schedules } from "./list.tsx";
import type { ScheduleWatch } from "./watch.ts";

function Connected(props: { watch: ScheduleWatch; outside: Outside }) {
  const { watch, outside } = props;
  const state = useStore(watch.state);
  return (
    <Schedules
      state={state}
      actions={{
        select: (job) => watch.select(job),
        act: (action, job) => void watch.act(action, job),
        cancel: (run) => void watch.cancel(run),
        startScheduler: () => void watch.startScheduler(),
        tryAgain: () => void watch.refresh(),
        newSchedule: outside.newSchedule,
        open: outside.open,
      }}
    />
  );
}

/** What the tab asks of JupyterLab. */
export interface Outside {
  newSchedule(): void;
  open(path: string, place?: Place): void;
}

/** The tab "Schedules". It reads the jobs while it is shown. */
export class SchedulesWidget extends ReactWidget {
  private readonly watch: ScheduleWatch;
  private readonly outside: Outside;

  constructor(watch: ScheduleWatch, outside: Outside) {
    super();
    this.watch = watch;
    this.outside = outside;
    this.addClass("tb-schedules-host");
  }

  protected override render(): ReactElement {
    return <Connected watch={this.watch} outside={this.outside} />;
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this.watch.start();
  }

  protected override onBeforeHide(message: Message): void {
    super.onBeforeHide(message);
    this.watch.stop();
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    if (this.isVisible) this.watch.start();
  }

  protected override onBeforeDetach(message: Message): void {
    super.onBeforeDetach(message);
    this.watch.stop();
  }
}
