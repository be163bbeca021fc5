import type { ReactNode } from "react";
import { createRoot } from "react-dom/client";
import { LivePanel } from "../src/live/panel.tsx";
import type { LiveState } from "../src/live/panel-state.ts";
import { CheckView } from "../src/promote/check.tsx";
import { DoneView } from "../src/promote/done.tsx";
import { FailedView, RefusedView } from "../src/promote/refused.tsx";
import { ReviewView } from "../src/promote/review-view.tsx";
import { firstChoice } from "../src/promote/state.ts";
import { advance, CHECKS, waitingSteps } from "../src/promote/steps.ts";
import { ScheduleDraft } from "../src/schedule/controller.ts";
import { ScheduleDialog } from "../src/schedule/dialog.tsx";
import { Schedules } from "../src/schedule/list.tsx";
import * as sample from "./samples.ts";

// The same moment in every picture.
Date.now = () => sample.NOW;

const nothing = () => undefined;
const NOTEBOOK = "notebooks/trend.ipynb";
const LAST = { saved: 100, run: 38_200, slice: 200, types: 2_600, link: 300, golden: 8_000, parity: 4_000 };

let steps = waitingSteps(CHECKS, LAST);
for (const [step, note] of [
  ["saved", "14 cells"],
  ["run", "train, optimize from memo"],
  ["slice", "11 of 47 bindings"],
  ["types", "0 errors"],
  ["link", "41.8 kB"],
] as const)
  steps = advance(steps, { step, state: "passed", note, ms: LAST[step] }, sample.NOW);
const checking = advance(
  steps,
  { step: "golden", state: "running", done: 1310, total: 2048 },
  sample.NOW - 5_100,
);
let allPassed = advance(steps, { step: "golden", state: "passed" }, sample.NOW);
allPassed = advance(allPassed, { step: "parity", state: "passed" }, sample.NOW);

function reviewOf(change: Partial<ReturnType<typeof firstChoice>>, error = false) {
  const choice = { ...firstChoice(sample.review), ...change };
  return (
    <ReviewView
      notebook={NOTEBOOK}
      state={{
        phase: "review",
        review: sample.review,
        choice,
        steps: allPassed,
        ...(error
          ? {
              error: {
                code: "live.daemon-refused",
                message: "The daemon refused the bundle: its fees differ.",
                hint: "Accept them with `tickbook live`.",
              },
            }
          : {}),
      }}
      onChoose={nothing}
      onStart={nothing}
      onCancel={nothing}
      onGo={nothing}
      onReport={nothing}
    />
  );
}

const liveActions = {
  act: nothing,
  haltAll: nothing,
  arm: nothing,
  tryAgain: nothing,
  openNotebook: nothing,
  dismissError: nothing,
};

function live(state: Partial<LiveState>) {
  const whole: LiveState = {
    line: "connected",
    view: sample.liveView,
    heardAt: sample.NOW - 400,
    isArmed: false,
    ...state,
  };
  return <LivePanel state={whole} actions={liveActions} />;
}

const draft = new ScheduleDraft({
  zone: "America/New_York",
  later: nothing,
  onAdded: nothing,
  onRun: nothing,
  connect: async () => ({
    notebook: NOTEBOOK,
    client: {
      request: (async (method: string) =>
        method === "schedule.parameters"
          ? { parameters: sample.parameters }
          : {
              text: "At 16:30, Monday to Friday, New York time",
              next: [0, 24, 48].map((hours) => ({
                at: sample.NOW + (6 + hours) * 3_600_000,
                local: `Tue ${10 + hours / 24} Mar, 16:30 EDT`,
                utc: "20:30 UTC",
              })),
            }) as never,
    },
  }),
});
void draft.load().then(() => {
  draft.setValue("timeframe", "1h");
  draft.setValue("fees", "10");
  draft.setValue("trials", "200x");
});

const listActions = {
  select: nothing,
  act: nothing,
  cancel: nothing,
  startScheduler: nothing,
  newSchedule: nothing,
  open: nothing,
  tryAgain: nothing,
};
const zone = "America/New_York";

function Frame({ title, width, children }: { title: string; width: number; children: ReactNode }) {
  return (
    <figure style={{ width, margin: 0 }}>
      <figcaption>{title}</figcaption>
      <div className="tb frame">{children}</div>
    </figure>
  );
}

const PAGES: Record<string, ReactNode> = {
  promote: (
    <>
      <Frame title="Check" width={880}>
        <CheckView
          notebook={NOTEBOOK}
          steps={checking}
          startedAt={sample.NOW - 47_000}
          lastMs={LAST}
          onCancel={nothing}
          onHide={nothing}
        />
      </Frame>
      <Frame title="Review" width={880}>
        {reviewOf({})}
      </Frame>
      <Frame title="Refused" width={880}>
        <RefusedView notebook={NOTEBOOK} review={sample.refused} onGo={nothing} onClose={nothing} />
      </Frame>
      <Frame title="Review, stage Live, second ask" width={880}>
        {reviewOf({
          accepted: true,
          stage: "live",
          account: "binance-main",
          typedName: "trend",
          isAsking: true,
        })}
      </Frame>
      <Frame title="Done" width={880}>
        <DoneView
          notebook={NOTEBOOK}
          promoted={sample.promoted}
          currency="USDT"
          onLive={nothing}
          onClose={nothing}
        />
      </Frame>
      <Frame title="Failed" width={880}>
        <FailedView
          notebook={NOTEBOOK}
          error={{
            code: "runner.cell-failed",
            message: "Cell 7, line 2 threw a TypeError: `closes` is undefined.",
            hint: "The run started from a clean state: define it in an earlier cell.",
            fields: { cell: 7, cellId: "c7", line: 2 },
          }}
          onClose={nothing}
          onAgain={nothing}
          onGo={nothing}
        />
      </Frame>
      <Frame title="Did not start" width={880}>
        {reviewOf({ accepted: true }, true)}
      </Frame>
    </>
  ),
  live: (
    <>
      <Frame title="480 px" width={480}>
        {live({})}
      </Frame>
      <Frame title="320 px, halt all armed" width={320}>
        {live({ isArmed: true })}
      </Frame>
      <Frame title="Lost" width={320}>
        {live({ line: "lost", view: sample.lostView, heardAt: sample.NOW - 12_000 })}
      </Frame>
      <div>
        <Frame title="Empty" width={320}>
          {live({ view: { at: sample.NOW, strategies: [] } })}
        </Frame>
        <Frame title="Halted, ended, an action refused" width={320}>
          {live({
            view: sample.haltedView,
            actionError: { code: "live.books-differ", message: "The books differ, so it stays halted." },
          })}
        </Frame>
        <Frame title="Never reached" width={320}>
          {live({
            line: "lost",
            view: null,
            lineError: {
              code: "lab.no-kernelspec",
              message: "The kernel tickbook is not installed for this JupyterLab.",
              hint: "Run `tickbook jupyter install`, then reload the page.",
            },
          })}
        </Frame>
      </div>
    </>
  ),
  schedule: (
    <>
      <Frame title="New schedule" width={880}>
        <ScheduleDialog draft={draft} notebook={NOTEBOOK} ownZone={zone} onClose={nothing} onGo={nothing} />
      </Frame>
      <Frame title="Schedules" width={1120}>
        <Schedules
          state={{
            list: { scheduler: { isRunning: true, workersFree: 2 }, jobs: sample.jobs },
            error: null,
            selected: "j1",
            runs: sample.runs,
            zone,
          }}
          actions={listActions}
        />
      </Frame>
      <Frame title="Scheduler not running; empty" width={1120}>
        <Schedules
          state={{
            list: { scheduler: { isRunning: false, workersFree: 0 }, jobs: sample.jobs.slice(1) },
            error: null,
            selected: null,
            runs: [],
            zone,
          }}
          actions={listActions}
        />
        <Schedules
          state={{
            list: { scheduler: { isRunning: true, workersFree: 1 }, jobs: [] },
            error: null,
            selected: null,
            runs: [],
            zone,
          }}
          actions={listActions}
        />
      </Frame>
    </>
  ),
};

const [page = "promote", theme = "light"] = location.hash.slice(1).split(",");
document.body.dataset.jpThemeLight = String(theme === "light");
document.body.className = theme;
createRoot(document.getElementById("root")!).render(<div className="frames">{PAGES[page]}</div>);
