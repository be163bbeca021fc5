import type { Place } from "../comm/protocol.ts";
import { Icon } from "../ui/icons.tsx";
import { Button, Chip, Note } from "../ui/parts.tsx";
import { SecondAsk } from "../ui/second-ask.tsx";
import { figure } from "../ui/text.ts";
import { useNow } from "../ui/use-store.ts";
import { StepList } from "./check.tsx";
import { Frame } from "./frame.tsx";
import { Rail } from "./rail.tsx";
import { ErrorText } from "./refused.tsx";
import { ReviewMain } from "./review.tsx";
import {
  blockedBy,
  type Choice,
  capitalOf,
  differing,
  limitsOf,
  type ReviewState,
  startLabel,
} from "./state.ts";
import { begun, passed, type Step } from "./steps.ts";

interface ReviewProps {
  notebook: string;
  state: ReviewState;
  onChoose(change: (choice: Choice) => Choice): void;
  onStart(): void;
  onCancel(): void;
  onGo(place: Place): void;
  onReport: ((path: string) => void) | undefined;
}

function Footer({ state, onChoose, onStart, onCancel }: ReviewProps) {
  const { choice, review } = state;
  const why = blockedBy(state);
  const says =
    choice.stage === "live" ? "Asks once more before it trades." : "Signs the bundle and starts it.";
  const press = () => (choice.stage === "live" ? onChoose((old) => ({ ...old, isAsking: true })) : onStart());
  if (choice.isAsking)
    return (
      <SecondAsk
        className="second"
        label="Start trading real money?"
        yes={startLabel("live")}
        no="No, go back"
        focus="no"
        isSmall={false}
        onYes={onStart}
        onNo={() => onChoose((old) => ({ ...old, isAsking: false }))}
      >
        <div className="row">
          <Icon name="stop" />
          <b>Trade real money with {review.strategy?.name}?</b>
        </div>
        <p>
          Up to{" "}
          <b>
            {figure(capitalOf(choice.capital), 2)} {review.currency}
          </b>{" "}
          on {choice.account}, from the next {review.strategy?.timeframe} close. {stopsItself(state)}
        </p>
      </SecondAsk>
    );
  return (
    <div className="dlg-foot">
      <p className="m s grow" id="tb-why" aria-live="polite">
        {why ?? says}
      </p>
      <Button onClick={onCancel} takesFocus={differing(review).length === 0}>
        Cancel
      </Button>
      <Button
        look={choice.stage === "live" ? "danger" : "accept"}
        disabled={why !== null}
        aria-describedby="tb-why"
        onClick={press}
      >
        {startLabel(choice.stage)}
      </Button>
    </div>
  );
}

function stopsItself({ review, choice }: ReviewState): string {
  const loss = limitsOf(review, choice).find(({ name, inForce }) => /loss/i.test(name) && inForce !== null);
  return loss ? `Stops itself at a ${loss.name.toLowerCase()} of ${loss.inForce}.` : "";
}

function Starting({ steps, onCancel }: { steps: readonly Step[]; onCancel(): void }) {
  const now = useNow(200);
  return (
    <>
      <div className="starting" role="status" aria-live="polite">
        <StepList steps={steps} now={now} />
      </div>
      <div className="dlg-foot">
        <p className="m s grow">The strategy is being started.</p>
        <Button onClick={onCancel} takesFocus>
          Cancel
        </Button>
      </div>
    </>
  );
}

export function ReviewView(props: ReviewProps) {
  const { notebook, state, onChoose, onCancel, onGo, onReport } = props;
  const { review, choice, starting, error, steps } = state;
  const footer = starting ? <Starting steps={starting} onCancel={onCancel} /> : <Footer {...props} />;
  const chip = (
    <Chip icon="check" tone="ok">
      {passed(steps)} of {begun(steps)} checks
    </Chip>
  );
  return (
    <Frame title="Promote to live" step={2} notebook={notebook} chip={chip} footer={footer}>
      {error && (
        <div className="dlg-error">
          <Note tone="bad" icon="stop" role="alert">
            <ErrorText error={error} />
          </Note>
        </div>
      )}
      <div className="review">
        <ReviewMain
          review={review}
          limits={limitsOf(review, choice)}
          isAccepted={choice.accepted}
          isLocked={starting !== undefined}
          onAccept={(accepted) => onChoose((old) => ({ ...old, accepted }))}
          onGo={onGo}
          onReport={onReport}
        />
        <Rail review={review} choice={choice} isLocked={starting !== undefined} onChoose={onChoose} />
      </div>
    </Frame>
  );
}
