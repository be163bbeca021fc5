export {
  EMBEDDED_QUEUE_SCHEMA,
  type EmbeddedQueueOptions,
  openEmbeddedQueue,
  type QueueDatabase,
} from "./embedded-queue.ts";
export type { JobQueue, QueueWorker, Work, WorkOptions } from "./job-queue.ts";
export { openRedisQueue, type RedisQueueOptions } from "./redis-queue.ts";
export {
  attemptsMax,
  isOver,
  type JsonData,
  lastNumber,
  type NewRun,
  type Outcome,
  type OutcomeStatus,
  type QueuedAttempt,
  type QueuedRun,
  type QueuedRunStatus,
  type RepeatRule,
} from "./run-state.ts";
