import { Icon } from "../ui/icons.tsx";
import { Prose } from "../ui/parts.tsx";
import { dateIn, timeUtc, until } from "../ui/text.ts";
import type { ScheduleState } from "./controller.ts";
import { PRESETS, presetOf, type ScheduleForm, zones } from "./form.ts";

function Echo({ state, now }: { state: ScheduleState; now: number }) {
  const { echo, cronError, form } = state;
  if (cronError)
    return (
      <>
        <Icon name="stop" />
        <div>
          <b>
            <Prose text={cronError.message} />
          </b>{" "}
          {cronError.hint && <Prose text={cronError.hint} />} <code className="m">{cronError.code}</code>
        </div>
      </>
    );
  if (!echo) return <span className="m">The next three runs appear here.</span>;
  return (
    <>
      <Icon name="clock" />
      <div className="grow">
        <b>{echo.text.replace(/\.?$/, ".")}</b>
        <ol className="next">
          {echo.next.slice(0, 3).map((run, index) => (
            <li key={run.at}>
              <span>
                {dateIn(run.at, form.zone)}
                {run.note && <span className="m"> {run.note}</span>}
              </span>
              <span className="m">
                {timeUtc(run.at).slice(0, 5)} UTC
                {index === 0 && `, ${until(run.at - now)}`}
              </span>
            </li>
          ))}
        </ol>
      </div>
    </>
  );
}

/** Presets, cron, time zone, and what they mean in words. */
export function When(props: {
  state: ScheduleState;
  ownZone: string;
  now: number;
  onChange(change: Partial<ScheduleForm>): void;
}) {
  const { state, ownZone, now, onChange } = props;
  const { form, problems, cronError } = state;
  const preset = presetOf(form.cron);
  const isWrong = cronError !== null || problems.cron !== undefined;
  return (
    <>
      <h3>When</h3>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset can't be a flex row in all browsers. */}
      <div className="seg" role="group" aria-label="Preset">
        {PRESETS.map(({ name, cron }) => (
          <button
            key={name}
            type="button"
            aria-pressed={preset === name}
            onClick={() => preset !== name && onChange({ cron })}
          >
            {name}
          </button>
        ))}
        <button
          type="button"
          aria-pressed={preset === "Custom"}
          onClick={() => document.getElementById("tb-cron")?.focus()}
        >
          Custom
        </button>
      </div>
      <div className="when">
        <label className="fld">
          <span>Cron</span>
          <input
            className="mono"
            id="tb-cron"
            value={form.cron}
            aria-describedby="tb-echo"
            aria-invalid={isWrong}
            spellCheck={false}
            autoComplete="off"
            onChange={({ currentTarget }) => onChange({ cron: currentTarget.value })}
          />
        </label>
        <label className="fld">
          <span>Time zone</span>
          <select value={form.zone} onChange={({ currentTarget }) => onChange({ zone: currentTarget.value })}>
            {zones(ownZone).map((zone) => (
              <option key={zone}>{zone}</option>
            ))}
          </select>
        </label>
      </div>
      <div className={`note ${cronError ? "bad" : "info"}`} id="tb-echo" aria-live="polite">
        <Echo state={state} now={now} />
      </div>
    </>
  );
}
