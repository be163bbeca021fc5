import type { Place } from "../comm/protocol.ts";
import { ErrorText } from "../promote/refused.tsx";
import { Icon } from "../ui/icons.tsx";
import { Button, CellLink, Link, Note } from "../ui/parts.tsx";
import { count } from "../ui/text.ts";
import { useNow, useStore } from "../ui/use-store.ts";
import type { ScheduleDraft, ScheduleState } from "./controller.ts";
import { ParameterRow } from "./parameter-row.tsx";
import { Rules } from "./rules.tsx";
import { When } from "./when.tsx";

/** The id of a field, from its name among the problems. */
function fieldId(name: string): string {
  return `tb-${name}`;
}

function Problems({ problems }: { problems: ScheduleState["problems"] }) {
  const names = Object.keys(problems);
  return (
    <p className="s grow" role="status">
      {names.length > 0 && (
        <>
          <Icon name="stop" className="sm bad" /> {count(names.length, "value")} to correct:{" "}
          {names.map((name, index) => (
            <span key={name}>
              {index > 0 && ", "}
              <Link title={problems[name]} onClick={() => document.getElementById(fieldId(name))?.focus()}>
                {name.replace(/^p-/, "")}
              </Link>
            </span>
          ))}
        </>
      )}
    </p>
  );
}

function Parameters(props: { draft: ScheduleDraft; state: ScheduleState; onGo(place: Place): void }) {
  const { draft, state, onGo } = props;
  const { parameters, form, problems } = state;
  const cellId = parameters.find((one) => one.cellId !== undefined)?.cellId;
  if (parameters.length === 0)
    return (
      <section>
        <h3>Parameters</h3>
        <p className="m">
          This notebook has none. Mark a cell as Parameters in the property inspector, and each constant in it
          can be set here.
        </p>
      </section>
    );
  return (
    <section>
      <h3>
        Parameters <span className="m">{count(parameters.length, "value")}</span>{" "}
        {cellId && <CellLink place={{ cellId }} onGo={onGo} />}
      </h3>
      {parameters.map((parameter) => (
        <ParameterRow
          key={parameter.name}
          parameter={parameter}
          text={form.values[parameter.name] ?? ""}
          problem={problems[`p-${parameter.name}`]}
          onChange={(text) => draft.setValue(parameter.name, text)}
        />
      ))}
    </section>
  );
}

/** The dialog that makes a schedule. */
export function ScheduleDialog(props: {
  draft: ScheduleDraft;
  notebook: string;
  ownZone: string;
  onClose(): void;
  onGo(place: Place): void;
}) {
  const { draft, notebook, ownZone, onClose, onGo } = props;
  const state = useStore(draft.state);
  const now = useNow(10_000);
  const { phase, problems, error, busy, form, cronError } = state;
  const isOff = phase !== "form" || busy !== null || Object.keys(problems).length > 0;
  return (
    <section className="tb-dialog schedule" aria-label="Schedule">
      <div className="dlg-head">
        <h2 className="nw">Schedule</h2>
        <span className="grow" />
        <span className="m mono path" title={notebook}>
          {notebook}
        </span>
      </div>
      {error && (
        <div className="dlg-error">
          <Note tone="bad" icon="stop" role="alert">
            <ErrorText error={error} />
          </Note>
        </div>
      )}
      {phase === "loading" && (
        <div className="dlg-body row" role="status">
          <Icon name="half" className="ok spin" /> Reading the parameters
        </div>
      )}
      {phase === "form" && (
        <div className="cols">
          <Parameters draft={draft} state={state} onGo={onGo} />
          <section>
            <When state={state} ownZone={ownZone} now={now} onChange={(change) => draft.change(change)} />
            <Rules form={form} problems={problems} onChange={(change) => draft.change(change)} />
          </section>
        </div>
      )}
      <div className="dlg-foot">
        <Problems problems={problems} />
        <Button onClick={onClose} takesFocus>
          Cancel
        </Button>
        {phase === "failed" ? (
          <Button look="accept" onClick={() => void draft.load()}>
            Try again
          </Button>
        ) : (
          <>
            <Button disabled={isOff} onClick={() => void draft.submit("run-once")}>
              {busy === "run-once" ? "Starting" : "Run once now"}
            </Button>
            <Button
              look="accept"
              disabled={isOff || cronError !== null}
              onClick={() => void draft.submit("add")}
            >
              {busy === "add" ? "Scheduling" : "Schedule"}
            </Button>
          </>
        )}
      </div>
    </section>
  );
}
