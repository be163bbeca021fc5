import type { EventKind, LiveStrategy, LiveView } from "../comm/protocol.ts";
import type { IconName } from "../ui/icon-paths.ts";
import { Icon } from "../ui/icons.tsx";
import { Chip, Profit } from "../ui/parts.tsx";
import { decimalText, figure, momentUtc } from "../ui/text.ts";
import { coin, eventsOf, eventWords, orderLook } from "./model.ts";

const SHOWN_EVENTS = 5;

const EVENT_LOOK: Record<EventKind, readonly [IconName, string, string]> = {
  filled: ["fill", "ok", "Filled"],
  refused: ["x", "bad", "Refused"],
  halted: ["square", "", "Halted"],
  resumed: ["run", "ok", "Resumed"],
  flattened: ["square", "", "Flattened"],
  stopped: ["stop", "bad", "Stopped"],
  order: ["ring", "", "Order"],
  reconciled: ["equal", "ok", "Reconciled"],
  unknown: ["question", "warn", "Unknown"],
  started: ["run", "ok", "Started"],
};

function Heading(props: { title: string; note: string | number; children?: React.ReactNode }) {
  return (
    <h3>
      <span>{props.title}</span> <span className="m">{props.note}</span>
      <span className="grow" />
      {props.children}
    </h3>
  );
}

export function Positions({ view }: { view: LiveView }) {
  const rows = view.strategies.flatMap((strategy) =>
    strategy.positions
      .filter(({ quantity }) => Number(quantity) !== 0)
      .map((position) => ({ strategy, position })),
  );
  return (
    <section>
      <Heading title="Positions" note={rows.length} />
      {rows.length > 0 && (
        <table>
          <thead>
            <tr>
              <th>Instrument</th>
              <th className="r">Quantity</th>
              <th className="r c2">Entry</th>
              <th className="r c2">Mark</th>
              <th className="r">Open P&amp;L</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ strategy, position }) => (
              <tr
                key={`${strategy.account} ${position.symbol}`}
                title={`${strategy.strategy}, ${strategy.account}`}
              >
                <td>
                  {position.symbol}
                  {position.isStale && (
                    <>
                      {" "}
                      <Icon name="clock" className="sm warn" />
                      <span className="sr">stale</span>
                    </>
                  )}
                </td>
                <td className="r">{quantityText(position.quantity)}</td>
                <td className="r c2">{figure(position.entry, priceDecimals(position.entry))}</td>
                <td className={`r c2 ${position.isStale ? "m" : ""}`}>
                  {figure(position.mark, priceDecimals(position.mark))}
                </td>
                <td className="r">
                  <Profit value={position.profit} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function quantityText(quantity: string): string {
  const text = decimalText(quantity);
  return /^[−+]/.test(text) ? text : `+${text}`;
}

function priceDecimals(price: number | null): number | undefined {
  return price !== null && Math.abs(price) >= 10 ? 2 : undefined;
}

export function Orders({ view }: { view: LiveView }) {
  const rows = view.strategies.flatMap((strategy) => strategy.orders.map((order) => ({ strategy, order })));
  return (
    <section>
      <Heading title="Open orders" note={rows.length} />
      {rows.length > 0 && (
        <table>
          <thead>
            <tr>
              <th>Order</th>
              <th className="r">Left of</th>
              <th className="r c2">Price</th>
              <th className="r">State</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ strategy, order }) => {
              const look = orderLook(order);
              const side = order.side === "buy" ? "Buy" : "Sell";
              return (
                <tr key={`${strategy.account} ${order.id}`} title={`${strategy.strategy}, ${order.id}`}>
                  <td>
                    {side} {coin(order.symbol)}{" "}
                    <span className="m">{order.purpose === "stop" ? "stop" : order.type}</span>
                  </td>
                  <td className="r">
                    {figure(order.quantity - order.filled)} of {figure(order.quantity)}
                  </td>
                  <td className="r c2">{figure(order.price, priceDecimals(order.price))}</td>
                  <td className="r">
                    <Chip icon={look.icon} tone={look.tone}>
                      {look.word}
                    </Chip>
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
    </section>
  );
}

/** A time by the exchange's clock: a replay lives in other years. */
function Moment({ at }: { at: number | null }) {
  if (at === null) return <span className="m">–</span>;
  const whole = new Date(at).toISOString();
  return (
    <time className="m" dateTime={whole} title={`${whole.slice(0, 19).replace("T", " ")} UTC`}>
      {momentUtc(at, Date.now())}
    </time>
  );
}

/** The newest events of all strategies, newest first. */
export function Events({
  strategies,
  isAll,
  onAll,
}: {
  strategies: readonly LiveStrategy[];
  isAll: boolean;
  onAll(isAll: boolean): void;
}) {
  const all = eventsOf(strategies);
  const shown = isAll ? all : all.slice(0, SHOWN_EVENTS);
  const isMany = strategies.length > 1;
  return (
    <section>
      <Heading title="Events" note={all.length > shown.length ? `last ${shown.length}` : shown.length}>
        {all.length > SHOWN_EVENTS && (
          <button type="button" className="lnk s" onClick={() => onAll(!isAll)}>
            {isAll ? "Fewer" : "All"}
          </button>
        )}
      </Heading>
      <ol className="evs">
        {shown.map(({ key, strategy, event }) => {
          const [icon, tone, word] = EVENT_LOOK[event.kind] ?? ["ring", "", event.kind];
          const [first, rest] = eventWords(event, word);
          return (
            <li key={key}>
              <Moment at={event.time} />
              <span title={word}>
                <Icon name={icon} className={tone} />
                <span className="sr">{word}</span>
              </span>
              <div>
                <b>{first}</b>
                {rest}
                {isMany && <span className="m">, {strategy}</span>}
                {event.detail && <span className="m s">{event.detail}</span>}
              </div>
            </li>
          );
        })}
      </ol>
    </section>
  );
}
