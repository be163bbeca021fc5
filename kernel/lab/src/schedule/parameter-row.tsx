import type { Parameter } from "../comm/protocol.ts";
import { Icon } from "../ui/icons.tsx";
import { Link } from "../ui/parts.tsx";
import { isChanged, textOf } from "./form.ts";

interface RowProps {
  parameter: Parameter;
  text: string;
  problem: string | undefined;
  onChange(text: string): void;
}

function Field({ parameter, text, problem, onChange }: RowProps) {
  const id = `tb-p-${parameter.name}`;
  const about = {
    id,
    "aria-invalid": problem !== undefined,
    ...(problem === undefined ? {} : { "aria-describedby": `${id}-problem` }),
  };
  if (parameter.kind === "boolean")
    return (
      <span className="row">
        <input
          type="checkbox"
          {...about}
          checked={text === "true"}
          onChange={({ currentTarget }) => onChange(String(currentTarget.checked))}
        />
        <span className="m">{text}</span>
      </span>
    );
  if (parameter.kind === "choice")
    return (
      <select {...about} value={text} onChange={({ currentTarget }) => onChange(currentTarget.value)}>
        {(parameter.choices ?? []).map((choice) => (
          <option key={choice}>{choice}</option>
        ))}
      </select>
    );
  const isNumber = parameter.kind === "number";
  return (
    <input
      {...about}
      className={isNumber ? "r" : parameter.kind === "json" ? "mono" : ""}
      {...(isNumber ? { inputMode: "decimal" as const } : {})}
      value={text}
      spellCheck={false}
      autoComplete="off"
      onChange={({ currentTarget }) => onChange(currentTarget.value)}
    />
  );
}

/** One parameter of the notebook: its name and type as written, the value, the way back to its default. */
export function ParameterRow(props: RowProps) {
  const { parameter, text, problem, onChange } = props;
  const changed = isChanged(parameter, text);
  const back = textOf(parameter, parameter.default);
  return (
    <div className={`prm ${problem ? "err" : ""} ${changed ? "chg" : ""}`}>
      <label htmlFor={`tb-p-${parameter.name}`} title={parameter.description}>
        <b className="mono">{parameter.name}</b>
        <span className="m s mono">{parameter.type}</span>
      </label>
      <div>
        <Field {...props} />
        {problem && (
          <p className="s e" id={`tb-p-${parameter.name}-problem`}>
            <Icon name="stop" className="sm bad" /> {problem}
          </p>
        )}
      </div>
      <span className="m s def">
        {changed ? (
          <Link aria-label={`Back to ${back}`} title={`Back to ${back}`} onClick={() => onChange(back)}>
            default {back.length > 9 ? `${back.slice(0, 8)}…` : back}
          </Link>
        ) : (
          "default"
        )}
      </span>
    </div>
  );
}
