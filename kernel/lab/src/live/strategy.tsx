import { useState } from "react";
import type { LiveStrategy } from "../comm/protocol.ts";
import { Icon } from "../ui/icons.tsx";
import { Button, Chip, Profit, Prose } from "../ui/parts.tsx";
import { SecondAsk } from "../ui/second-ask.tsx";
import { figure, placeText } from "../ui/text.ts";
import { type Action, actionsOf, flattenText, type MeterFacts, metersOf, stateLook } from "./model.ts";
import { sparkLine } from "./spark.ts";

const LABELS: Record<Action, string> = {
  halt: "Halt",
  resume: "Resume",
  flatten: "Flatten",
  stop: "Stop",
  start: "Start",
};

function Meter({ facts }: { facts: MeterFacts }) {
  return (
    <div className={`mt ${facts.isHot ? "hot" : ""}`}>
      <span className="m">{facts.label}</span>
      {/* biome-ignore lint/a11y/useSemanticElements: browsers draw <meter> in colours of their own. */}
      <span
        className={`meter ${facts.max === null ? "open" : ""}`}
        role="meter"
        aria-label={facts.label}
        aria-valuenow={facts.now}
        aria-valuemin={0}
        aria-valuemax={facts.max ?? 100}
        aria-valuetext={facts.text}
      >
        <i style={{ width: `${facts.share * 100}%` }} />
      </span>
      <span className="r">
        {facts.isHot && <Icon name="warn" className="sm warn" />}
        {facts.isHot && " "}
        {facts.text}
      </span>
    </div>
  );
}

function Spark({ strategy }: { strategy: LiveStrategy }) {
  const line = sparkLine(strategy.curve, 88, 24);
  if (!line) return <span className="m s r">no trades yet</span>;
  const values = strategy.curve.map(([, value]) => value);
  const label = `Equity from ${figure(values[0], 2)} to ${figure(values.at(-1), 2)} ${strategy.currency}, between ${figure(Math.min(...values), 2)} and ${figure(Math.max(...values), 2)}`;
  return (
    <svg className="spark" viewBox="0 0 88 24" width="88" height="24" role="img" aria-label={label}>
      <path className="z" d={`M0 ${line.base}H88`} />
      <path d={line.path} />
      <circle cx={line.end[0]} cy={line.end[1]} r="2" />
    </svg>
  );
}

type Asked = "flatten" | "stop";

function Ask(props: { strategy: LiveStrategy; asked: Asked; onYes(): void; onNo(): void }) {
  const { strategy, asked, onYes, onNo } = props;
  const name = strategy.strategy;
  return (
    <SecondAsk
      className="confirm"
      label={asked === "flatten" ? `Flatten ${name}?` : `Stop ${name}?`}
      yes={asked === "flatten" ? "Flatten now" : "Stop now"}
      focus="no"
      onYes={onYes}
      onNo={onNo}
    >
      {asked === "flatten" ? (
        <p>
          <b>Flatten {name}?</b> {flattenText(strategy, Date.now())}
        </p>
      ) : (
        <p>
          <b>Stop {name}?</b> The daemon ends. Positions stay, and nothing watches them.
        </p>
      )}
    </SecondAsk>
  );
}

function Failure({ strategy }: { strategy: LiveStrategy }) {
  const { failure } = strategy;
  if (!failure) return null;
  return (
    <p className="s err">
      <Prose text={failure.message} /> <code>{failure.code}</code>
      {failure.cell !== undefined && <span className="m"> {placeText(failure)}</span>}
    </p>
  );
}

/** One strategy: its state, what it made, how near it is to its limits, and what can be asked of it. */
export function StrategyRow(props: { strategy: LiveStrategy; onAct(action: Action, account: string): void }) {
  const { strategy, onAct } = props;
  const [asked, setAsked] = useState<Asked | null>(null);
  const look = stateLook(strategy.isConnected || strategy.state === "ended" ? strategy.state : "no contact");
  const act = (action: Action) =>
    action === "flatten" || action === "stop" ? setAsked(action) : onAct(action, strategy.account);
  const isOver = strategy.state === "ended";
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys move from strategy to strategy.
    <article className="strat" tabIndex={0} aria-label={`${strategy.strategy} on ${strategy.account}`}>
      <div className="row">
        <b className="mono">{strategy.strategy}</b>
        <Chip className={`stg-${strategy.stage}`}>{strategy.stage}</Chip>
        <Chip icon={look.icon} tone={look.tone}>
          {look.word}
        </Chip>
        <span className="grow" />
        <span className="acts">
          {actionsOf(strategy).map((action) => (
            <Button
              key={action}
              isSmall
              look={action === "flatten" ? "danger-outline" : "plain"}
              aria-label={`${LABELS[action]} ${strategy.strategy}`}
              {...(action === "flatten" || action === "stop" ? { "aria-haspopup": "dialog" as const } : {})}
              onClick={() => act(action)}
            >
              {LABELS[action]}
            </Button>
          ))}
        </span>
      </div>
      <Failure strategy={strategy} />
      {asked && actionsOf(strategy).includes(asked) && (
        <Ask
          strategy={strategy}
          asked={asked}
          onNo={() => setAsked(null)}
          onYes={() => {
            setAsked(null);
            onAct(asked, strategy.account);
          }}
        />
      )}
      {!isOver && strategy.seenAt > 0 && (
        <div className="sgrid">
          <div className="pl">
            <span className="big">
              <Profit value={strategy.todayProfit} />
            </span>
            <span className="m s">{strategy.currency} today</span>
          </div>
          <Spark strategy={strategy} />
          <div className="meters">
            {metersOf(strategy).map((facts) => (
              <Meter key={facts.label} facts={facts} />
            ))}
          </div>
        </div>
      )}
    </article>
  );
}
