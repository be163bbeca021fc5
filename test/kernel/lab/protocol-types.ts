/**
 * What the commands print as JSON is what the extension reads. It runs in the browser and reaches into no room, so its
 * types are written anew there; the type check of this file holds the two together.
 */
import type { JobView, RunView, SchedulerView } from "#scheduler";
import type { LiveView } from "../../../kernel/cli/accounts/live-view.ts";
import type { PromoteReview } from "../../../kernel/cli/promote/review.ts";
import type * as lab from "../../../kernel/lab/src/comm/protocol.ts";

export const readsRun = (run: RunView): lab.Run => run;
export const readsJob = (job: JobView): lab.Job => job;
export const readsScheduler = (scheduler: SchedulerView): lab.JobList["scheduler"] => scheduler;
export const readsLive = (view: LiveView): lab.ToldView => view;
export const readsRefusals = (review: PromoteReview): lab.PromoteReview["refusals"] => review.refusals;
