import { type KeyboardEvent, useState } from "react";
import type { LiveView } from "../comm/protocol.ts";
import { Icon } from "../ui/icons.tsx";
import { Button, Note, Profit, Prose } from "../ui/parts.tsx";
import { age, figure, percent, timeUtc } from "../ui/text.ts";
import { useNow } from "../ui/use-store.ts";
import { HaltAll } from "./halt-all.tsx";
import { attention, totals } from "./model.ts";
import type { LiveActions, LiveState } from "./panel-state.ts";
import { StrategyRow } from "./strategy.tsx";
import { Events, Orders, Positions } from "./tables.tsx";

const EMPTY: LiveView = { at: 0, strategies: [] };
/** The kernel speaks at least every 5 s. */
const SILENT_MS = 12_000;

function moveByArrow(event: KeyboardEvent<HTMLElement>): void {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const rows = [...event.currentTarget.querySelectorAll<HTMLElement>(".strat")];
  const at = rows.indexOf(event.target as HTMLElement);
  if (at < 0) return;
  event.preventDefault();
  rows[at + (event.key === "ArrowDown" ? 1 : -1)]?.focus();
}

function Contact({ state, silentMs }: { state: LiveState; silentMs: number }) {
  const { view } = state;
  const daemons = (view?.strategies ?? []).filter(({ state: one }) => one !== "ended");
  const reached = daemons.filter(({ isConnected }) => isConnected);
  const p50 = worst(reached.map(({ latencyMs }) => latencyMs.p50));
  const p99 = worst(reached.map(({ latencyMs }) => latencyMs.p99));
  const where =
    daemons.length === 1
      ? daemons[0]!.account
      : daemons.length > 1
        ? `${reached.length} of ${daemons.length} daemons`
        : "no daemon runs";
  const isAllReached = reached.length === daemons.length;
  return (
    <div className="daemon">
      <div className="row">
        <Icon name={isAllReached ? "run" : "warn"} className={isAllReached ? "ok" : "warn"} />
        <b>{isAllReached ? "Connected" : "Partly connected"}</b>
        <span className="m nw">{where}</span>
        <span className="grow" />
        <span className="m s nw">heard {age(silentMs)} ago</span>
      </div>
      {p50 !== null && (
        <dl className="lat">
          <div>
            <dt>Tick to order</dt>
            <dd>
              {figure(p50, 2)} ms {p99 !== null && <span className="m">p99 {figure(p99, 2)}</span>}
            </dd>
          </div>
        </dl>
      )}
    </div>
  );
}

function worst(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known);
}

/** Silence is not safety: say so, and offer the way around. */
function Lost({ state, now, actions }: { state: LiveState; now: number; actions: LiveActions }) {
  const { view, heardAt, lineError, line } = state;
  const mayTrade = (view?.strategies ?? []).some(({ state: one }) => one !== "ended" && one !== "halted");
  return (
    <>
      <div className="daemon bad row" role="status">
        <Icon name="plug" />
        <b>{view ? `No contact for ${age(now - heardAt)}` : "No contact"}</b>
        <span className="grow" />
        <Button isSmall disabled={line === "connecting"} onClick={actions.tryAgain}>
          {line === "connecting" ? "Trying" : "Try again"}
        </Button>
      </div>
      {(mayTrade || !view) && (
        <div className="lost note bad" role="alert">
          <Icon name="stop" />
          <div>
            <b>Strategies may still be trading.</b>
            <p className="s">
              {view
                ? `Contact was lost at ${timeUtc(heardAt)} UTC. What is below is from then.`
                : "The panel has not reached tickbook yet."}{" "}
              {lineError && (
                <>
                  <Prose text={lineError.message} /> {lineError.hint && <Prose text={lineError.hint} />}
                </>
              )}
            </p>
            <p className="s">
              In a terminal, <code>npx tickbook live halt-all</code> halts without this panel.
            </p>
          </div>
        </div>
      )}
    </>
  );
}

function Totals({ view }: { view: LiveView }) {
  return (
    <>
      {totals(view).map((total) => (
        <dl className="tot" key={total.currency}>
          <div>
            <dt>
              Equity, {total.accounts.length === 1 ? total.accounts[0] : `${total.accounts.length} accounts`}
            </dt>
            <dd>
              {figure(total.equity, 2)} <span className="m">{total.currency}</span>
            </dd>
          </div>
          <div>
            <dt>Today</dt>
            <dd>
              <Profit value={total.today} />
            </dd>
          </div>
          <div>
            <dt title="Gross: long and short positions both count up">Exposure</dt>
            <dd>{percent(total.grossExposure)}</dd>
          </div>
        </dl>
      ))}
    </>
  );
}

function Body({ view, actions }: { view: LiveView; actions: LiveActions }) {
  const [isAll, setAll] = useState(false);
  return (
    <>
      <Totals view={view} />
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the rows inside have the focus; arrows move between them. */}
      <section onKeyDown={moveByArrow}>
        <h3>
          <span>Strategies</span> <span className="m">{view.strategies.length}</span>
        </h3>
        {view.strategies.map((strategy) => (
          <StrategyRow
            key={`${strategy.account} ${strategy.strategy}`}
            strategy={strategy}
            onAct={actions.act}
          />
        ))}
      </section>
      <Positions view={view} />
      <Orders view={view} />
      <Events strategies={view.strategies} isAll={isAll} onAll={setAll} />
    </>
  );
}

function Empty({ actions }: { actions: LiveActions }) {
  return (
    <div className="empty">
      <p>
        <b>Nothing is trading</b>
      </p>
      <p className="m">
        Open a notebook that exports a strategy and press <b>Promote to live</b>, or{" "}
        <kbd className="key">Ctrl Shift C</kbd> and type “promote”.
      </p>
      <Button look="accept" onClick={actions.openNotebook}>
        <Icon name="book" />
        Open a notebook
      </Button>
    </div>
  );
}

/** The whole side panel. */
export function LivePanel({ state, actions }: { state: LiveState; actions: LiveActions }) {
  const now = useNow(1000);
  const { view, line, heardAt, actionError, isArmed } = state;
  const shown = view ?? EMPTY;
  const isStale = view !== null && now - heardAt > SILENT_MS;
  const isLost = line === "lost" || (line === "connected" && isStale);
  const notes = attention(shown);
  return (
    <div className="tb tb-live">
      <div className="ph">
        <h2>Live</h2>
        <span className="grow" />
        <span className="m s">{timeUtc(now)} UTC</span>
      </div>
      {isLost && <Lost state={state} now={now} actions={actions} />}
      {!isLost && (line === "connecting" || !view) && (
        <div className="daemon row" role="status">
          <Icon name="half" className="ok spin" />
          <b>{view ? "Connecting again" : "Connecting"}</b>
          <span className="m">to tickbook</span>
          <span className="grow" />
          {view && <span className="m s nw">heard {age(now - heardAt)} ago</span>}
        </div>
      )}
      {!isLost && line === "connected" && view && <Contact state={state} silentMs={now - heardAt} />}
      <HaltAll view={shown} isArmed={isArmed} onArm={actions.arm} onHalt={actions.haltAll} />
      {actionError && (
        <div className="attn">
          <Note
            tone="bad"
            icon="stop"
            role="alert"
            after={
              <button type="button" className="ib" aria-label="Dismiss" onClick={actions.dismissError}>
                <Icon name="x" className="sm" />
              </button>
            }
          >
            <b>
              <Prose text={actionError.message} />
            </b>
            <p className="s">
              {actionError.hint && <Prose text={actionError.hint} />} <code>{actionError.code}</code>
            </p>
          </Note>
        </div>
      )}
      {notes.length > 0 && (
        <ul className="attn">
          {notes.map((note) => (
            <li key={note.key} className="note warn">
              <Icon name={note.icon} />
              <div>
                <b>{note.title}</b>
                <p className="s">{note.text}</p>
              </div>
            </li>
          ))}
        </ul>
      )}
      {shown.strategies.length > 0 ? (
        <div className={`lbody ${isLost || isStale ? "old" : ""}`}>
          <Body view={shown} actions={actions} />
        </div>
      ) : (
        line === "connected" && view && <Empty actions={actions} />
      )}
    </div>
  );
}
