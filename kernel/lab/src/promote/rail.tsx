import type { PromoteReview, Stage } from "../comm/protocol.ts";
import { Icon } from "../ui/icons.tsx";
import { figure, hash8 } from "../ui/text.ts";
import { type Choice, chooseStage } from "./state.ts";

const STAGES: readonly (readonly [Stage, title: string, says: string])[] = [
  ["paper", "Paper", "Stored bars, simulated fills"],
  ["testnet", "Testnet", "The exchange's test network, play money"],
  ["live", "Live", "The exchange, real money"],
];
const FINGERPRINT_SHOWN = 18;

interface RailProps {
  review: PromoteReview;
  choice: Choice;
  isLocked: boolean;
  onChoose(change: (choice: Choice) => Choice): void;
}

function StageField({ review, choice, isLocked, onChoose }: RailProps) {
  const stages = review.stages ?? [];
  const offered = STAGES.filter(([stage]) => stages.some((one) => one.stage === stage));
  return (
    <fieldset disabled={isLocked}>
      <legend>Stage</legend>
      {offered.map(([stage, title, says]) => {
        const isOn = choice.stage === stage;
        const isOff = stages.find((one) => one.stage === stage)?.accounts.length === 0;
        return (
          <label key={stage} className={`stage ${isOn ? "on" : ""} ${stage} ${isOff ? "off" : ""}`}>
            <input
              type="radio"
              name="tb-stage"
              checked={isOn}
              disabled={isOff}
              onChange={() => onChoose((old) => chooseStage(old, stage, stages))}
            />
            <span>
              <b>{title}</b>
              <span className="m s">{isOff ? "No account is set up" : says}</span>
            </span>
            {stage === "live" && <Icon name="stop" className="sm bad" />}
          </label>
        );
      })}
    </fieldset>
  );
}

function CapitalField({ review, choice, isLocked, onChoose }: RailProps) {
  return (
    <label className="fld">
      <span>Capital</span>
      <span className="unit">
        <input
          className="r"
          inputMode="decimal"
          value={choice.capital}
          disabled={isLocked}
          onChange={({ currentTarget }) => onChoose((old) => ({ ...old, capital: currentTarget.value }))}
        />
        <i>{review.currency}</i>
      </span>
      {review.capital !== undefined && (
        <span className="m s">
          The notebook's account has {figure(review.capital, 2)} {review.currency}.
        </span>
      )}
    </label>
  );
}

/** The first ask before real money is traded. */
function NameField({ review, choice, isLocked, onChoose }: RailProps) {
  if (choice.stage !== "live" || !review.strategy) return null;
  const { name, timeframe } = review.strategy;
  return (
    <label className="fld">
      <span>
        Type <b className="mono">{name}</b> to trade real money
      </span>
      <input
        className="mono"
        value={choice.typedName}
        autoComplete="off"
        spellCheck={false}
        disabled={isLocked}
        onChange={({ currentTarget }) => onChoose((old) => ({ ...old, typedName: currentTarget.value }))}
      />
      <span className="m s">Orders go to the exchange from the next {timeframe} close.</span>
    </label>
  );
}

function Facts({ review, choice }: RailProps) {
  const accounts = review.stages?.find(({ stage }) => stage === choice.stage)?.accounts ?? [];
  const replaces = accounts.find(({ name }) => name === choice.account)?.replaces;
  const { fingerprint } = review;
  return (
    <dl className="kv">
      <dt>Replaces</dt>
      <dd>
        {replaces ? (
          <span className="mono">
            {replaces.strategy} {hash8(replaces.bundle)}
          </span>
        ) : (
          <>
            nothing <span className="m s">first start on this account</span>
          </>
        )}
      </dd>
      {fingerprint && (
        <>
          <dt>Signed with</dt>
          <dd className="mono" title={fingerprint}>
            {fingerprint.length > FINGERPRINT_SHOWN
              ? `${fingerprint.slice(0, FINGERPRINT_SHOWN - 1)}…`
              : fingerprint}
          </dd>
        </>
      )}
    </dl>
  );
}

/** What goes where: stage, account, capital. */
export function Rail(props: RailProps) {
  const { review, choice, isLocked, onChoose } = props;
  const accounts = review.stages?.find(({ stage }) => stage === choice.stage)?.accounts ?? [];
  return (
    <aside className="rail" aria-label="Where it goes">
      <StageField {...props} />
      <label className="fld">
        <span>Account</span>
        <select
          value={choice.account}
          disabled={isLocked || accounts.length === 0}
          onChange={({ currentTarget }) => onChoose((old) => ({ ...old, account: currentTarget.value }))}
        >
          {accounts.map(({ name }) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      <CapitalField {...props} />
      <Facts {...props} />
      <NameField {...props} />
    </aside>
  );
}
