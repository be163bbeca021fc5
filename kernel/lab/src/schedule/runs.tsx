import { useState } from "react";
import { baseName } from "../comm/paths.ts";
import type { Job, Place, Run } from "../comm/protocol.ts";
import { Icon } from "../ui/icons.tsx";
import { Button, Chip, Link } from "../ui/parts.tsx";
import { clock, dateIn, hash8, placeText } from "../ui/text.ts";
import type { ListActions } from "./list-state.ts";
import { durationMs, durationShare, isActive, isFailed, statusLook } from "./model.ts";

function Output({ run, actions }: { run: Run; actions: ListActions }) {
  const { output, report, error, progress, note, bundle } = run;
  const place: Place = {
    ...(error?.cellId === undefined ? {} : { cellId: error.cellId }),
    ...(error?.cell === undefined ? {} : { cell: error.cell }),
    ...(error?.line === undefined ? {} : { line: error.line }),
  };
  return (
    <td className="outs">
      {progress && isActive(run) && (
        <span className="m">
          cell {progress.cell} of {progress.cells}
        </span>
      )}
      {output !== undefined && (
        <Link onClick={() => actions.open(output)}>
          <Icon name="book" className="sm" /> Notebook
        </Link>
      )}
      {report !== undefined && (
        <Link onClick={() => actions.open(report)}>
          <Icon name="doc" className="sm" /> Report
        </Link>
      )}
      {error && output !== undefined && error.cell !== undefined && (
        <Link title={error.message} onClick={() => actions.open(output, place)}>
          <Icon name="go" className="sm" /> {placeText(place)}
        </Link>
      )}
      {error && (
        <span className="m" title={error.message}>
          {error.code ?? error.name}
        </span>
      )}
      {bundle !== undefined && (
        <Chip>
          promoted to paper <span className="mono">{hash8(bundle)}</span>
        </Chip>
      )}
      {note && <span className="m">{note}</span>}
    </td>
  );
}

function RunRow(props: { run: Run; runs: readonly Run[]; zone: string; now: number; actions: ListActions }) {
  const { run, runs, zone, now, actions } = props;
  const [icon, tone, word] = statusLook(run.status);
  const took = durationMs(run, now);
  const kind = run.status === "running" ? "live" : run.status === "timed-out" ? "over" : "";
  return (
    <tr>
      <td className="r m">{run.number}</td>
      <td>
        <Chip icon={icon} tone={tone}>
          {word}
        </Chip>
      </td>
      <td className="nw">{run.startedAt === null ? "–" : dateIn(run.startedAt, zone, false)}</td>
      <td className="dur">
        <span className={`db ${kind}`}>
          <i style={{ width: `${100 * durationShare(run, runs, now)}%` }} />
        </span>
      </td>
      <td className="r">{took === null ? "–" : clock(took)}</td>
      <td className="r m">{run.attempt === 0 ? "–" : `${run.attempt} of ${run.attempts}`}</td>
      <Output run={run} actions={actions} />
      <td className="r">
        {isActive(run) && (
          <Button isSmall onClick={() => actions.cancel(run.id)}>
            Cancel
          </Button>
        )}
        {isFailed(run) && (
          <Button isSmall onClick={() => actions.act("run", run.job)}>
            Run again
          </Button>
        )}
      </td>
    </tr>
  );
}

/** The runs of one job, newest first. */
export function RunTable(props: {
  job: Job;
  runs: readonly Run[];
  zone: string;
  now: number;
  actions: ListActions;
}) {
  const { job, runs, zone, now, actions } = props;
  const [failedOnly, setFailedOnly] = useState(false);
  const shown = failedOnly ? runs.filter(isFailed) : runs;
  return (
    <>
      <div className="tbar sub">
        <h3>Runs of {baseName(job.notebook)}</h3>
        <span className="m s">
          {runs.length} kept of {job.runs}
        </span>
        <span className="grow" />
        <label className="row s">
          <input
            type="checkbox"
            checked={failedOnly}
            onChange={({ currentTarget }) => setFailedOnly(currentTarget.checked)}
          />{" "}
          Failed only
        </label>
      </div>
      <table className="runs">
        <thead>
          <tr>
            <th className="r">#</th>
            <th>Status</th>
            <th>Started, {zone}</th>
            <th>Duration</th>
            <th />
            <th className="r">Attempt</th>
            <th>Output</th>
            <th>
              <span className="sr">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map((run) => (
            <RunRow key={run.id} run={run} runs={shown} zone={zone} now={now} actions={actions} />
          ))}
        </tbody>
      </table>
      {shown.length === 0 && <p className="m none">{failedOnly ? "None failed." : "It has not run yet."}</p>}
    </>
  );
}
