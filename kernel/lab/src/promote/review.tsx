import type {
  Evidence,
  LimitRow,
  ModelFacts,
  Place,
  PromoteReview,
  StrategyFacts,
} from "../comm/protocol.ts";
import { Icon } from "../ui/icons.tsx";
import { CellLink, Link, Note, Prose } from "../ui/parts.tsx";
import { count, exponent, figure, hash8 } from "../ui/text.ts";
import { FrozenValues } from "./frozen.tsx";
import { differing, isTightened } from "./state.ts";

type Go = (place: Place) => void;

export function Warnings({ review, onGo }: { review: PromoteReview; onGo: Go }) {
  if (review.warnings.length === 0) return null;
  return (
    <section>
      {review.warnings.map((warning) => (
        <Note
          key={`${warning.text}${warning.cellId}${warning.line}`}
          tone="warn"
          icon="warn"
          after={<CellLink place={warning} onGo={onGo} />}
        >
          <b>
            <Prose text={warning.text} />
          </b>{" "}
          {warning.detail && <Prose text={warning.detail} />}
        </Note>
      ))}
    </section>
  );
}

export function StrategyLine({ strategy }: { strategy: StrategyFacts }) {
  const params = Object.entries(strategy.params);
  return (
    <section>
      <h3>Strategy</h3>
      <p>
        <b className="mono">{strategy.name}</b> · {strategy.instruments.join(", ")} · {strategy.timeframe}{" "}
        bars
        <Names names={strategy.handlers} />
        <Names names={strategy.state} label="state" />
        <Names names={strategy.features} label="features" /> · warm-up{" "}
        <b>{count(strategy.warmupBars, "bar")}</b> <span className="m">(the daemon refuses fewer)</span>
      </p>
      {params.length > 0 && (
        <p className="m">
          Parameters{" "}
          <span className="mono">
            {params.map(([name, value]) => `${name} ${shortValue(value)}`).join(" · ")}
          </span>
        </p>
      )}
    </section>
  );
}

function Names({ names = [], label }: { names?: readonly string[] | undefined; label?: string }) {
  if (names.length === 0) return null;
  return (
    <>
      {" "}
      · {label} <span className="mono">{names.join(", ")}</span>
    </>
  );
}

function shortValue(value: unknown): string {
  if (typeof value === "number")
    return Number.isInteger(value) ? figure(value, 0) : figure(Number(value.toPrecision(4)));
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}

export function Models({ models }: { models: readonly ModelFacts[] }) {
  return (
    <>
      {models.map((model) => (
        <section key={model.name}>
          <h3>
            Model <span className="m mono">{model.name}</span>
          </h3>
          <table className="kvt">
            <tbody>
              <tr>
                <td>Inputs</td>
                <td>
                  {model.inputs.join(", ")} <span className="m mono">{hash8(model.hash)}</span>
                </td>
              </tr>
              {model.parity && (
                <tr>
                  <td>Parity</td>
                  <td>
                    <Icon name="check" className="ok sm" /> largest error{" "}
                    <b>{exponent(model.parity.maxAbsError)}</b>{" "}
                    <span className="m">
                      of {exponent(model.parity.tolerance)} allowed, {count(model.parity.rows, "golden row")}
                    </span>
                  </td>
                </tr>
              )}
            </tbody>
          </table>
        </section>
      ))}
    </>
  );
}

export function EvidenceTable(props: { evidence: Evidence; onReport: (() => void) | undefined }) {
  const { evidence, onReport } = props;
  return (
    <section>
      <h3>Evidence</h3>
      <table>
        <thead>
          <tr>
            <th />
            {evidence.columns.map(({ label, detail }) => (
              <th key={label} className="r">
                {label}
                {detail && (
                  <>
                    <br />
                    {detail}
                  </>
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {evidence.rows.map(({ label, values }) => (
            <tr key={label}>
              <td>{label}</td>
              {evidence.columns.map((column, index) => (
                <td key={column.label} className={`r ${column.isOutOfSample ? "b" : ""}`}>
                  {values[index] ?? "–"}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {(evidence.note || onReport) && (
        <p className="m s">
          {evidence.note} {onReport && <Link onClick={onReport}>Report</Link>}
        </p>
      )}
    </section>
  );
}

export function Limits({ limits: all }: { limits: readonly LimitRow[] }) {
  const limits = all.filter(({ asked, operator }) => asked !== null || operator !== null);
  if (limits.length === 0) return null;
  return (
    <section>
      <h3>
        Limits <span className="m">the tighter one holds</span>
      </h3>
      <table className="lims">
        <thead>
          <tr>
            <th />
            <th className="r">Asked</th>
            <th className="r">Operator</th>
            <th className="r">In force</th>
            <th>set by</th>
          </tr>
        </thead>
        <tbody>
          {limits.map((row) => (
            <tr key={row.name}>
              <td>{row.name}</td>
              <td className={`r ${isTightened(row) ? "m" : ""}`}>{row.asked ?? "–"}</td>
              <td className={`r ${row.setBy === "operator" ? "" : "m"}`}>{row.operator ?? "–"}</td>
              <td className="r b">{row.inForce ?? "none"}</td>
              <td className="m s">{row.setBy}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** The main column: what needs a decision first, the evidence below. */
export function ReviewMain(props: {
  review: PromoteReview;
  limits: readonly LimitRow[];
  isAccepted: boolean;
  isLocked: boolean;
  onAccept(accepted: boolean): void;
  onGo: Go;
  onReport: ((path: string) => void) | undefined;
}) {
  const { review, limits, isAccepted, isLocked, onAccept, onGo, onReport } = props;
  const { report } = review;
  const openReport = report !== undefined && onReport ? () => onReport(report) : undefined;
  const frozen = (
    <FrozenValues
      frozen={review.frozen ?? []}
      isAccepted={isAccepted}
      isLocked={isLocked}
      onAccept={onAccept}
      onGo={onGo}
    />
  );
  const isFirst = differing(review).length > 0;
  return (
    <div className="main">
      <Warnings review={review} onGo={onGo} />
      {isFirst && frozen}
      {review.strategy && <StrategyLine strategy={review.strategy} />}
      {!isFirst && frozen}
      <Models models={review.models ?? []} />
      {review.evidence && <EvidenceTable evidence={review.evidence} onReport={openReport} />}
      <Limits limits={limits} />
    </div>
  );
}
