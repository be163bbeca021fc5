import type { IconName } from "../ui/icon-paths.ts";
import { Icon } from "../ui/icons.tsx";
import { Button } from "../ui/parts.tsx";
import { clock, figure, seconds } from "../ui/text.ts";
import { useNow } from "../ui/use-store.ts";
import { Frame } from "./frame.tsx";
import { passed, type Step, share } from "./steps.ts";

const LOOK: Record<Step["state"], readonly [IconName, string, string]> = {
  passed: ["check", "ok", "passed"],
  running: ["half", "ok spin", "running"],
  waiting: ["queue", "m", "waiting"],
  refused: ["stop", "bad", "refused"],
};

function Found({ step }: { step: Step }) {
  if (step.state === "running" && step.done !== undefined && step.total)
    return (
      <span className="row">
        <span className="bar grow">
          <i style={{ width: `${(100 * step.done) / step.total}%` }} />
        </span>
        <span className="nw">
          {figure(step.done, 0)} of {figure(step.total, 0)}
        </span>
      </span>
    );
  return <>{step.note}</>;
}

function took(step: Step, now: number): string {
  if (step.state === "running" && step.startedAt !== undefined) return seconds(now - step.startedAt);
  if (step.ms === undefined) return "";
  return step.state === "waiting" ? `about ${seconds(step.ms)}` : seconds(step.ms);
}

/** The list of steps; each says what it proves. */
export function StepList({ steps, now }: { steps: readonly Step[]; now: number }) {
  return (
    <ol className="checks">
      {steps.map((step) => {
        const [icon, tone, word] = LOOK[step.state];
        const kind = step.state === "running" ? "c-run" : step.state === "waiting" ? "c-q" : "c-ok";
        return (
          <li key={step.name} className={kind}>
            <span title={word}>
              <Icon name={icon} className={tone} />
              <span className="sr">{word}</span>
            </span>
            <div>
              <b>{step.title}</b> <span className="m">{step.says}</span>
            </div>
            <div className="found">
              <Found step={step} />
            </div>
            <div className="r m">{took(step, now)}</div>
          </li>
        );
      })}
    </ol>
  );
}

export function CheckView(props: {
  notebook: string;
  steps: readonly Step[];
  startedAt: number;
  lastMs: Readonly<Record<string, number>>;
  onCancel(): void;
  onHide(): void;
}) {
  const { notebook, steps, startedAt, lastMs, onCancel, onHide } = props;
  const now = useNow(200);
  const expected = Object.values(lastMs).reduce((sum, ms) => sum + ms, 0);
  const footer = (
    <div className="dlg-foot">
      <p className="m s grow">Nothing is signed or sent before you say so.</p>
      <Button onClick={onCancel}>Cancel</Button>
      <Button onClick={onHide} takesFocus>
        Hide, tell me when done
      </Button>
    </div>
  );
  return (
    <Frame title="Promote to live" step={1} notebook={notebook} footer={footer}>
      <div className="dlg-body">
        <div className="row prog">
          <div className="grow">
            <div className="bar big">
              <i style={{ width: `${100 * share(steps, lastMs)}%` }} />
            </div>
          </div>
          <span className="nw" role="status" aria-live="polite">
            {passed(steps)} of {steps.length} passed
          </span>
          <span className="m nw">
            {clock(now - startedAt)}
            {expected > 0 && ` of about ${clock(expected)}`}
          </span>
        </div>
        <StepList steps={steps} now={now} />
      </div>
    </Frame>
  );
}
