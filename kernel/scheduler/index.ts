export type { CommandLine } from "./action/promote.ts";
export type { CronExplanation } from "./cron/cron.ts";
export { type DeskOptions, explain, openDesk, type SchedulerDesk } from "./desk.ts";
export { type Scheduler, type SchedulerOptions, startScheduler } from "./scheduler.ts";
export { schedulerFolder } from "./state/open-state.ts";
export type { JobSpec, RunStatus } from "./state/types.ts";
export type { JobView, RunView, SchedulerView } from "./view.ts";
export { startWorker, type WorkerOptions } from "./worker.ts";
