import type { LiveView } from "../comm/protocol.ts";
import { Icon } from "../ui/icons.tsx";
import { Button } from "../ui/parts.tsx";
import { SecondAsk } from "../ui/second-ask.tsx";
import { count } from "../ui/text.ts";
import { heldText, openOrders, running } from "./model.ts";

/** Always in view, never off. The first press arms, the second halts. */
export function HaltAll(props: {
  view: LiveView;
  isArmed: boolean;
  onArm(isArmed: boolean): void;
  onHalt(): void;
}) {
  const { view, isArmed, onArm, onHalt } = props;
  const strategies = running(view).length;
  const held = heldText(view);
  if (!isArmed)
    return (
      <div className="kill">
        <Button look="danger-outline" aria-haspopup="dialog" onClick={() => onArm(true)}>
          <Icon name="stop" />
          Halt all
          <kbd className="key">Alt Shift H</kbd>
        </Button>
      </div>
    );
  return (
    <SecondAsk
      className="kill armed"
      label="Halt all strategies?"
      yes="Halt all now"
      focus="yes"
      isSmall={false}
      onYes={() => {
        onArm(false);
        onHalt();
      }}
      onNo={() => onArm(false)}
    >
      <p>
        <Icon name="stop" />
        <b>{haltTitle(strategies)}</b>
      </p>
      <p className="s">
        Cancels {count(openOrders(view), "open order")} and sends no new ones.{" "}
        {held === "" ? "No positions are held." : `Positions stay open: ${held}.`}
      </p>
    </SecondAsk>
  );
}

function haltTitle(strategies: number): string {
  if (strategies === 0) return "Halt all?";
  return strategies === 1 ? "Halt 1 strategy?" : `Halt all ${strategies} strategies?`;
}
