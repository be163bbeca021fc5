import { type KeyboardEvent, useState } from "react";
import { baseName } from "../comm/paths.ts";
import type { Job, JobList } from "../comm/protocol.ts";
import { ErrorText } from "../promote/refused.tsx";
import { Icon } from "../ui/icons.tsx";
import { Button, Chip, Note } from "../ui/parts.tsx";
import { SecondAsk } from "../ui/second-ask.tsx";
import { count, dateIn } from "../ui/text.ts";
import { useNow } from "../ui/use-store.ts";
import { parametersText } from "./form.ts";
import type { ListActions, ListState } from "./list-state.ts";
import { historyText, jobNow, markOf } from "./model.ts";
import { RunTable } from "./runs.tsx";

/** The last 12 with their place in the job's history: a mark moves on as a new run comes. */
function lastRuns({ last, runs }: Job) {
  const shown = last.slice(-12);
  return shown.map((status, index) => ({ status, number: runs - shown.length + index }));
}

function History({ job }: { job: Job }) {
  return (
    <span className="hist" role="img" aria-label={historyText(job.last)} title={historyText(job.last)}>
      {lastRuns(job).map(({ number, status }) => (
        <i key={number} className={markOf(status)} />
      ))}
    </span>
  );
}

function JobActions(props: { job: Job; actions: ListActions; onRemove(): void }) {
  const { job, actions, onRemove } = props;
  return (
    <span className="acts">
      {!job.isPaused && (
        <Button isSmall onClick={() => actions.act("run", job.id)}>
          Run now
        </Button>
      )}
      <Button isSmall onClick={() => actions.act(job.isPaused ? "resume" : "pause", job.id)}>
        {job.isPaused ? "Resume" : "Pause"}
      </Button>
      <Button
        isSmall
        className="sq"
        aria-label={`Remove ${baseName(job.notebook)}`}
        title="Remove"
        onClick={onRemove}
      >
        <Icon name="x" />
      </Button>
    </span>
  );
}

function JobRow(props: { job: Job; isSelected: boolean; now: number; actions: ListActions }) {
  const { job, isSelected, now, actions } = props;
  const [isAsking, setAsking] = useState(false);
  const nowLook = jobNow(job, now);
  return (
    <>
      <tr
        className={`job ${isSelected ? "sel" : ""}`}
        tabIndex={0}
        aria-selected={isSelected}
        onClick={() => actions.select(job.id)}
        onFocus={() => actions.select(job.id)}
      >
        <td>
          <b>{baseName(job.notebook)}</b>
          <span className="m s bl mono cut">{parametersText(job.parameters)}</span>
        </td>
        <td>
          {job.text}
          <span className="m s bl mono">{job.cron}</span>
        </td>
        <td className="nw">
          {job.nextAt === null || job.isPaused ? (
            <span className="m">{job.isPaused ? "paused" : "none"}</span>
          ) : (
            dateIn(job.nextAt, job.zone)
          )}
        </td>
        <td>
          <History job={job} />
        </td>
        <td>
          {nowLook && (
            <Chip icon={nowLook[0]} tone={nowLook[1]}>
              {nowLook[2]}
            </Chip>
          )}
        </td>
        <td className="r">
          <JobActions job={job} actions={actions} onRemove={() => setAsking(true)} />
        </td>
      </tr>
      {isAsking && (
        <tr className="ask">
          <td colSpan={6}>
            <SecondAsk
              className="confirm"
              label="Remove this schedule?"
              yes="Remove"
              focus="no"
              onNo={() => setAsking(false)}
              onYes={() => {
                setAsking(false);
                actions.act("remove", job.id);
              }}
            >
              <p>
                <b>Remove the schedule of {baseName(job.notebook)}?</b> Its {count(job.runs, "run")} are no
                longer listed; the notebook stays.
              </p>
            </SecondAsk>
          </td>
        </tr>
      )}
    </>
  );
}

function moveByArrow(event: KeyboardEvent<HTMLElement>): void {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const rows = [...event.currentTarget.querySelectorAll<HTMLElement>("tr[tabindex]")];
  const at = rows.indexOf(event.target as HTMLElement);
  if (at < 0) return;
  event.preventDefault();
  rows[at + (event.key === "ArrowDown" ? 1 : -1)]?.focus();
}

function Jobs(props: { jobs: readonly Job[]; selected: string | null; now: number; actions: ListActions }) {
  const { jobs, selected, now, actions } = props;
  return (
    <table className="jobs" onKeyDown={moveByArrow}>
      <thead>
        <tr>
          <th>Notebook</th>
          <th>When</th>
          <th>Next run</th>
          <th>Last 12</th>
          <th>Now</th>
          <th>
            <span className="sr">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {jobs.map((job) => (
          <JobRow key={job.id} job={job} isSelected={job.id === selected} now={now} actions={actions} />
        ))}
      </tbody>
    </table>
  );
}

function Waiting({ list, actions }: { list: JobList; actions: ListActions }) {
  const waiting = list.jobs.filter(({ isPaused }) => !isPaused).length;
  if (list.scheduler.isRunning || list.jobs.length === 0) return null;
  return (
    <Note
      tone="warn"
      icon="warn"
      after={
        <>
          <code>tickbook scheduler</code>
          <Button isSmall onClick={actions.startScheduler}>
            Start it
          </Button>
        </>
      }
    >
      <b>
        The scheduler isn't running: {count(waiting, "job")} {waiting === 1 ? "waits" : "wait"}.
      </b>{" "}
      <span className="m">Missed runs follow their own rule when it starts.</span>
    </Note>
  );
}

/** Jobs above, runs of the selected job below. */
export function Schedules({ state, actions }: { state: ListState; actions: ListActions }) {
  const { list, error, selected, runs, zone } = state;
  const now = useNow(1000);
  const job = list?.jobs.find(({ id }) => id === selected) ?? null;
  return (
    <div className="tb tb-schedules">
      <div className="tbar">
        <h2>Schedules</h2>
        {list?.scheduler.isRunning && (
          <Chip icon="run" tone="ok">
            scheduler runs, {count(list.scheduler.workersFree, "worker")} free
          </Chip>
        )}
        <span className="grow" />
        <Button isSmall onClick={actions.newSchedule}>
          New schedule
        </Button>
      </div>
      {error && (
        <Note
          tone="bad"
          icon="stop"
          role="alert"
          after={
            <Button isSmall onClick={actions.tryAgain}>
              Try again
            </Button>
          }
        >
          <ErrorText error={error} />
        </Note>
      )}
      {list && <Waiting list={list} actions={actions} />}
      {list && list.jobs.length > 0 && (
        <Jobs jobs={list.jobs} selected={selected} now={now} actions={actions} />
      )}
      {list && list.jobs.length === 0 && (
        <div className="empty">
          <p>
            <b>No schedules yet</b>
          </p>
          <p className="m">
            Open a notebook and press Schedule to run it at set times, with its own parameters.
          </p>
        </div>
      )}
      {!list && !error && (
        <div className="empty" role="status">
          <p className="m">
            <Icon name="half" className="ok spin" /> Reading the schedules
          </p>
        </div>
      )}
      {job && <RunTable job={job} runs={runs} zone={zone} now={now} actions={actions} />}
    </div>
  );
}
