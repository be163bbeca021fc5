import type { Cell } from "@jupyterlab/cells";
import type { NotebookPanel } from "@jupyterlab/notebook";
import { badgesOf, tagsOf } from "./markers.ts";

const CLASS = "tb-badges";

function draw(cell: Cell): void {
  const markers = badgesOf(tagsOf(cell.model.metadata));
  cell.node.querySelector(`:scope > .${CLASS}`)?.remove();
  if (markers.length === 0) return;
  const box = document.createElement("div");
  box.className = CLASS;
  for (const { badge, label } of markers) {
    const mark = document.createElement("span");
    mark.textContent = badge;
    mark.title = label;
    box.append(mark);
  }
  cell.node.append(box);
}

/** Shows the markers of each cell as small words at its top right, and keeps them true. */
export function showBadges(panel: NotebookPanel): void {
  const watched = new WeakSet<Cell>();
  const look = () => {
    for (const cell of panel.content.widgets) {
      if (watched.has(cell)) continue;
      watched.add(cell);
      draw(cell);
      cell.model.metadataChanged.connect(() => !cell.isDisposed && draw(cell));
    }
  };
  void panel.context.ready.then(() => {
    look();
    panel.content.model?.cells.changed.connect(() => requestAnimationFrame(look));
  });
}
