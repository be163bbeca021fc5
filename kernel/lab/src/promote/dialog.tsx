import type { Place } from "../comm/protocol.ts";
import { useStore } from "../ui/use-store.ts";
import { CheckView } from "./check.tsx";
import type { Promotion } from "./controller.ts";
import { DoneView } from "./done.tsx";
import { FailedView, RefusedView } from "./refused.tsx";
import { ReviewView } from "./review-view.tsx";

export interface PromoteActions {
  onClose(): void;
  onHide(): void;
  onGo(place: Place): void;
  onLive(): void;
  onReport: ((path: string) => void) | undefined;
}

/** The dialog, whatever state the promotion is in. */
export function PromoteDialog(props: { promotion: Promotion; notebook: string; actions: PromoteActions }) {
  const { promotion, notebook, actions } = props;
  const state = useStore(promotion.state);
  const cancel = () => {
    promotion.cancel();
    actions.onClose();
  };
  switch (state.phase) {
    case "check":
      return (
        <CheckView
          notebook={notebook}
          steps={state.steps}
          startedAt={state.startedAt}
          lastMs={promotion.lastMs}
          onCancel={cancel}
          onHide={actions.onHide}
        />
      );
    case "refused":
      return (
        <RefusedView
          notebook={notebook}
          review={state.review}
          onGo={actions.onGo}
          onClose={actions.onClose}
        />
      );
    case "failed":
      return (
        <FailedView
          notebook={notebook}
          error={state.error}
          onClose={actions.onClose}
          onAgain={() => void promotion.check()}
          onGo={actions.onGo}
        />
      );
    case "review":
      return (
        <ReviewView
          notebook={notebook}
          state={state}
          onChoose={(change) => promotion.choose(change)}
          onStart={() => void promotion.start()}
          onCancel={state.starting ? () => promotion.cancel() : cancel}
          onGo={actions.onGo}
          onReport={actions.onReport}
        />
      );
    case "done":
      return (
        <DoneView
          notebook={notebook}
          promoted={state.promoted}
          currency={state.currency}
          onLive={actions.onLive}
          onClose={actions.onClose}
        />
      );
  }
}
