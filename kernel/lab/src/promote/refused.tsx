import type { ErrorData, Place, PromoteReview, Refusal } from "../comm/protocol.ts";
import { Icon } from "../ui/icons.tsx";
import { Button, CellLink, Chip, Link, Prose } from "../ui/parts.tsx";
import { count, placeText } from "../ui/text.ts";
import { Frame } from "./frame.tsx";
import { refusalText } from "./state.ts";

function where(refusal: Refusal): string {
  return refusal.module === undefined ? placeText(refusal) : `${refusal.module}, line ${refusal.line}`;
}

function RefusalCard(props: { refusal: Refusal; isFirst: boolean; onGo(place: Place): void }) {
  const { refusal, isFirst, onGo } = props;
  return (
    <article className={isFirst ? "" : "next"}>
      <div className="row top">
        <Icon name="stop" className="bad" />
        <div className="grow">
          <h3>
            <Prose text={refusal.message} />
          </h3>
          <p className="m">
            {where(refusal)} · <code>{refusal.code}</code>
          </p>
        </div>
        {!isFirst && <CellLink place={refusal} onGo={onGo} />}
      </div>
      {refusal.sourceLine.trim() !== "" && (
        <pre className="code">
          <mark>
            <span className="ln">{refusal.line}</span>
            {refusal.sourceLine}
          </mark>
        </pre>
      )}
      {refusal.remedy !== "" && (
        <p>
          <b>Instead.</b> <Prose text={refusal.remedy} />
        </p>
      )}
    </article>
  );
}

export function RefusedView(props: {
  notebook: string;
  review: PromoteReview;
  onGo(place: Place): void;
  onClose(): void;
}) {
  const { notebook, review, onGo, onClose } = props;
  const first = review.refusals.find(({ cellId }) => cellId !== undefined);
  const footer = (
    <div className="dlg-foot">
      <p className="m s grow">
        The notebook is saved{review.run !== "" && ", the run record is kept"}; nothing was signed.{" "}
        <Link onClick={() => void navigator.clipboard?.writeText(refusalText(review, notebook))}>
          Copy as text
        </Link>
      </p>
      <Button onClick={onClose} takesFocus={first === undefined}>
        Close
      </Button>
      {first && (
        <Button look="accept" takesFocus onClick={() => onGo(first)}>
          Go to {placeText(first).toLowerCase()}
        </Button>
      )}
    </div>
  );
  const chip = (
    <Chip icon="stop" tone="bad">
      {count(review.refusals.length, "refusal")}
    </Chip>
  );
  return (
    <Frame title="Can't be promoted" step={0} isAlert notebook={notebook} chip={chip} footer={footer}>
      <div className="dlg-body ref">
        {review.refusals.map((refusal, index) => (
          <RefusalCard
            key={`${refusal.code}${refusal.cellId}${refusal.line}${refusal.column}`}
            refusal={refusal}
            isFirst={index === 0}
            onGo={onGo}
          />
        ))}
      </div>
    </Frame>
  );
}

/** What happened, the code, what to do. */
export function ErrorText({ error }: { error: ErrorData }) {
  return (
    <>
      <p>
        <b>
          <Prose text={error.message} />
        </b>{" "}
        <code className="m">{error.code}</code>
      </p>
      {error.hint && (
        <p>
          <Prose text={error.hint} />
        </p>
      )}
    </>
  );
}

export function FailedView(props: {
  notebook: string;
  error: ErrorData;
  onClose(): void;
  onAgain(): void;
  onGo(place: Place): void;
}) {
  const { notebook, error, onClose, onAgain, onGo } = props;
  const { cell, line, cellId } = (error.fields ?? {}) as Place;
  const place: Place = {
    ...(cell === undefined ? {} : { cell }),
    ...(line === undefined ? {} : { line }),
    ...(cellId === undefined ? {} : { cellId }),
  };
  const footer = (
    <div className="dlg-foot">
      <p className="m s grow">Nothing was signed.</p>
      <Button onClick={onClose}>Close</Button>
      <Button look="accept" takesFocus onClick={onAgain}>
        Try again
      </Button>
    </div>
  );
  return (
    <Frame title="Can't be promoted" step={0} isAlert notebook={notebook} footer={footer}>
      <div className="dlg-body ref">
        <article>
          <div className="row top">
            <Icon name="stop" className="bad" />
            <div className="grow">
              <ErrorText error={error} />
            </div>
            <CellLink place={place} onGo={onGo} />
          </div>
        </article>
      </div>
    </Frame>
  );
}
