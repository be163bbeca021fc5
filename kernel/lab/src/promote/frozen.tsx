import type { FrozenValue, Place } from "../comm/protocol.ts";
import { CellLink } from "../ui/parts.tsx";
import { count } from "../ui/text.ts";

type Go = (place: Place) => void;

/** The same value reads the same. */
function openText({ differs, openSession, goesLive }: FrozenValue): string | null {
  return openSession === null || differs ? openSession : goesLive;
}

/** A frozen value is a whole cell's: no line. */
function placeOf({ cellId, cell }: FrozenValue): Place {
  return { ...(cellId === undefined ? {} : { cellId }), ...(cell === undefined ? {} : { cell }) };
}

function FrozenRow({ value, onGo }: { value: FrozenValue; onGo: Go }) {
  return (
    <tr className={value.differs ? "diff" : ""}>
      <td className="mono">
        {value.binding} {value.kind === "model" && <span className="m">model</span>}
      </td>
      <td className="mark">
        <span aria-hidden="true">{value.differs ? "≠" : "="}</span>
        <span className="sr">{value.differs ? "differs" : "same"}</span>
      </td>
      <td className="r b" title={value.goesLiveHash}>
        {value.goesLive}
      </td>
      <td className="r">{openText(value) ?? <span className="m">not run</span>}</td>
      <td className="r">
        <CellLink place={placeOf(value)} onGo={onGo} />
      </td>
    </tr>
  );
}

/** What research computed and live will use. What differs from the open session stands first, and must be accepted. */
export function FrozenValues(props: {
  frozen: readonly FrozenValue[];
  isAccepted: boolean;
  isLocked: boolean;
  onAccept(accepted: boolean): void;
  onGo: Go;
}) {
  const { frozen, isAccepted, isLocked, onAccept, onGo } = props;
  if (frozen.length === 0) return null;
  const differs = frozen.filter((value) => value.differs);
  const rows = [...differs, ...frozen.filter((value) => !value.differs)];
  const note =
    differs.length === 0
      ? "all as in the open session"
      : `${differs.length} of ${frozen.length} differ from the open session`;
  return (
    <section>
      <h3>
        Frozen values <span className="m">{note}</span>
      </h3>
      <table className="froz">
        <thead>
          <tr>
            <th>Name</th>
            <th>
              <span className="sr">Same</span>
            </th>
            <th className="r">Goes live (re-run)</th>
            <th className="r">Open session</th>
            <th>
              <span className="sr">Cell</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((value) => (
            <FrozenRow key={value.binding} value={value} onGo={onGo} />
          ))}
        </tbody>
      </table>
      {differs.length > 0 && (
        <label className="agree">
          <input
            type="checkbox"
            checked={isAccepted}
            disabled={isLocked}
            onChange={(event) => onAccept(event.currentTarget.checked)}
          />
          <span>
            The {count(differs.length, "value")} of the re-run {differs.length === 1 ? "goes" : "go"} live.{" "}
            <span className="m">The open session's {differs.length === 1 ? "is" : "are"} dropped.</span>
          </span>
        </label>
      )}
    </section>
  );
}
