import type { Missed, Overlap } from "../comm/protocol.ts";
import type { Problems, ScheduleForm } from "./form.ts";

type TextField = "retries" | "retryDelay" | "timeoutMinutes" | "memoryGb" | "keep";

interface FieldsProps {
  form: ScheduleForm;
  problems: Problems;
  onChange(change: Partial<ScheduleForm>): void;
}

function NumberField(props: FieldsProps & { label: string; field: TextField; unit?: string }) {
  const { form, problems, onChange, label, field, unit } = props;
  const problem = problems[field];
  return (
    <label className="fld" title={problem}>
      <span>{label}</span>
      <span className="unit">
        <input
          className="r"
          id={`tb-${field}`}
          inputMode="decimal"
          value={form[field]}
          aria-invalid={problem !== undefined}
          onChange={({ currentTarget }) => onChange({ [field]: currentTarget.value })}
        />
        {unit && <i>{unit}</i>}
      </span>
    </label>
  );
}

function Choice<T extends string>(props: {
  label: string;
  value: T;
  options: readonly (readonly [T, string])[];
  onChange(value: T): void;
}) {
  const { label, value, options, onChange } = props;
  return (
    <label className="fld">
      <span>{label}</span>
      <select value={value} onChange={({ currentTarget }) => onChange(currentTarget.value as T)}>
        {options.map(([option, text]) => (
          <option key={option} value={option}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

const MISSED: readonly (readonly [Missed, string])[] = [
  ["once", "run once"],
  ["all", "run all"],
  ["skip", "skip"],
];
const OVERLAP: readonly (readonly [Overlap, string])[] = [
  ["skip", "skip"],
  ["queue", "wait for it"],
  ["allow", "run beside it"],
];

/** Retries, limits, and what follows a run. */
export function Rules(props: FieldsProps) {
  const { form, problems, onChange } = props;
  return (
    <>
      <h3 className="gap">If something goes wrong</h3>
      <div className="g3">
        <NumberField {...props} label="Retries" field="retries" />
        <NumberField {...props} label="Wait first" field="retryDelay" unit="s" />
        <NumberField {...props} label="Time-out" field="timeoutMinutes" unit="min" />
        <NumberField {...props} label="Memory" field="memoryGb" unit="GB" />
        <Choice
          label="Missed runs"
          value={form.missed}
          options={MISSED}
          onChange={(missed) => onChange({ missed })}
        />
        <Choice
          label="Still running"
          value={form.overlap}
          options={OVERLAP}
          onChange={(overlap) => onChange({ overlap })}
        />
      </div>
      <h3 className="gap">Afterwards</h3>
      <div className="after">
        <NumberField {...props} label="Keep the last" field="keep" unit="outputs" />
        <Choice
          label="On success"
          value={form.onSuccess}
          options={[
            ["nothing", "nothing more"],
            ["paper", "promote to paper if all gates pass"],
          ]}
          onChange={(onSuccess) => onChange({ onSuccess })}
        />
        <label className="fld wide" title={problems.webhook}>
          <span>On failure, tell this address</span>
          <input
            id="tb-webhook"
            className="mono"
            value={form.webhook}
            placeholder="https://"
            aria-invalid={problems.webhook !== undefined}
            spellCheck={false}
            autoComplete="off"
            onChange={({ currentTarget }) => onChange({ webhook: currentTarget.value })}
          />
        </label>
      </div>
    </>
  );
}
