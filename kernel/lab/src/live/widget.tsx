import { ReactWidget } from "@jupyterlab/ui-components";
import type { Message } from "@lumino/messaging";
import type { ReactElement } from "react";
import { useStore } from "../ui/use-store.ts";
import type { LiveWatch } from "./controller.ts";
import { LivePanel } from "./panel.tsx";

function Connected({ watch, openNotebook }: { watch: LiveWatch; openNotebook(): void }) {
  const state = useStore(watch.state);
  return (
    <LivePanel
      state={state}
      actions={{
        act: (action, account) => void watch.act(action, account),
        haltAll: () => void watch.haltAll(),
        arm: (isArmed) => watch.arm(isArmed),
        tryAgain: () => watch.tryAgain(),
        dismissError: () => watch.dismissError(),
        openNotebook,
      }}
    />
  );
}

/** The Live panel at the right. It watches while it is shown, so that a closed panel keeps no kernel. */
export class LiveWidget extends ReactWidget {
  private readonly watch: LiveWatch;
  private readonly openNotebook: () => void;

  constructor(watch: LiveWatch, openNotebook: () => void) {
    super();
    this.watch = watch;
    this.openNotebook = openNotebook;
    this.addClass("tb-live-host");
    this.node.setAttribute("role", "region");
    this.node.setAttribute("aria-label", "Live");
  }

  protected override render(): ReactElement {
    return <Connected watch={this.watch} openNotebook={this.openNotebook} />;
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this.watch.start();
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    if (this.isVisible) this.watch.start();
  }

  protected override onBeforeHide(message: Message): void {
    super.onBeforeHide(message);
    this.watch.stop();
  }

  protected override onBeforeDetach(message: Message): void {
    super.onBeforeDetach(message);
    this.watch.stop();
  }
}
