import { ReactWidget } from "@jupyterlab/ui-components";
import { Widget } from "@lumino/widgets";
import type { ReactElement } from "react";

/** A dialog of our own look over JupyterLab. The browser keeps the focus inside, and gives it back. */
export interface Modal {
  close(): void;
  readonly isOpen: boolean;
}

/**
 * Shows `body` in a modal dialog.
 * @param onEscape what Esc means; it never closes by itself.
 */
export function showModal(label: string, body: ReactElement, onEscape: () => void): Modal {
  const dialog = document.createElement("dialog");
  dialog.className = "tb tb-modal";
  dialog.setAttribute("aria-label", label);
  // Keys typed in the dialog are not JupyterLab's shortcuts.
  dialog.dataset.lmSuppressShortcuts = "true";
  const previous = document.activeElement;
  document.body.appendChild(dialog);
  const widget = ReactWidget.create(body);
  widget.addClass("tb-modal-body");
  Widget.attach(widget, dialog);
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    onEscape();
  });
  dialog.showModal();
  let isOpen = true;
  return {
    get isOpen() {
      return isOpen;
    },
    close() {
      if (!isOpen) return;
      isOpen = false;
      dialog.close();
      Widget.detach(widget);
      widget.dispose();
      dialog.remove();
      if (previous instanceof HTMLElement && previous.isConnected) previous.focus();
    },
  };
}
