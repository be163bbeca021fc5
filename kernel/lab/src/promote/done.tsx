import { baseName } from "../comm/paths.ts";
import type { Promoted } from "../comm/protocol.ts";
import { stateLook } from "../live/model.ts";
import { Icon } from "../ui/icons.tsx";
import { Button, Chip, CopyButton, Link } from "../ui/parts.tsx";
import { bytes, count, figure, hash8 } from "../ui/text.ts";
import { Frame } from "./frame.tsx";

function Facts({ promoted, onLive }: { promoted: Promoted; onLive(): void }) {
  const { bundle, strategy, status } = promoted;
  const hash = bundle.replace(/^\w+:/, "");
  const verify = `tickbook bundle verify ${promoted.path}`;
  const look = stateLook(status.state);
  return (
    <dl className="kv wide">
      <dt>Bundle</dt>
      <dd>
        <code title={hash}>{hash.length > 28 ? `${hash.slice(0, 20)}…${hash.slice(-4)}` : hash}</code>{" "}
        <CopyButton text={hash} label="Copy the whole hash" />{" "}
        <span className="m">
          {bytes(promoted.bytes)}, {promoted.models === 0 ? "no model" : count(promoted.models, "model")}
        </span>
      </dd>
      <dt>Signed by</dt>
      <dd>
        <code>{promoted.fingerprint}</code>
      </dd>
      <dt>Strategy</dt>
      <dd>
        <Link onClick={onLive}>
          {strategy} @ {hash8(bundle)} in the Live panel
        </Link>{" "}
        <Chip icon={look.icon} tone={look.tone}>
          {look.word}
        </Chip>
      </dd>
      {promoted.replaced && (
        <>
          <dt>Replaced</dt>
          <dd>
            <code>{hash8(promoted.replaced)}</code> <span className="m">its position is taken over</span>
          </dd>
        </>
      )}
      <dt>Check it</dt>
      <dd>
        <code title={verify}>tickbook bundle verify {shortPath(promoted.path)}</code>{" "}
        <CopyButton text={verify} label="Copy the command" />
      </dd>
    </dl>
  );
}

/** What runs, and how anyone can check it. */
export function DoneView(props: {
  notebook: string;
  promoted: Promoted;
  currency: string;
  onLive(): void;
  onClose(): void;
}) {
  const { notebook, promoted, currency, onLive, onClose } = props;
  const { strategy, stage } = promoted;
  const footer = (
    <div className="dlg-foot">
      <span className="grow" />
      <Button onClick={onClose}>Close</Button>
      <Button look="accept" takesFocus onClick={onLive}>
        Open the Live panel
      </Button>
    </div>
  );
  return (
    <Frame title="Promote to live" step={3} notebook={notebook} footer={footer}>
      <div className="dlg-body done">
        <div className="row top">
          <Icon name="check" className="ok big" />
          <div>
            <h3>
              {strategy} runs {stage === "live" ? "live" : `on ${stage}`} with {figure(promoted.capital, 2)}{" "}
              {currency}
            </h3>
            <p className="m">
              Warm-up {count(promoted.warmupBars, "bar")}. The first decision comes at the close of the next
              bar.
            </p>
          </div>
        </div>
        <Facts promoted={promoted} onLive={onLive} />
      </div>
    </Frame>
  );
}

/** The last part of a path, its hash cut: the copy has all of it. */
function shortPath(path: string): string {
  const name = baseName(path);
  const cut = name.length > 28 ? `${name.slice(0, 20)}…` : name;
  return name === path ? cut : `…/${cut}`;
}
