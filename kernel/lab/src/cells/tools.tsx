import type { ICellModel } from "@jupyterlab/cells";
import { NotebookTools } from "@jupyterlab/notebook";
import { ReactWidget } from "@jupyterlab/ui-components";
import type { Message } from "@lumino/messaging";
import { PanelLayout } from "@lumino/widgets";
import { Store } from "../ui/store.ts";
import { useStore } from "../ui/use-store.ts";
import { MARKERS, tagsOf, withTag } from "./markers.ts";

interface Shown {
  readonly cell: ICellModel | null;
  readonly tags: readonly string[];
}

function Markers({ store }: { store: Store<Shown> }) {
  const { cell, tags } = useStore(store);
  if (cell?.type !== "code") return <p className="m tb-markers">Select a code cell to mark it.</p>;
  return (
    <div className="tb-markers">
      {MARKERS.map(({ tag, label, says }) => (
        <label key={tag}>
          <input
            type="checkbox"
            checked={tags.includes(tag)}
            onChange={({ currentTarget }) => setTag(cell, tag, currentTarget.checked)}
          />
          <span>{label}</span>
          <span className="m s">{says}</span>
        </label>
      ))}
    </div>
  );
}

function setTag(cell: ICellModel, tag: string, isSet: boolean): void {
  const tags = withTag(tagsOf(cell.metadata), tag, isSet);
  if (tags.length > 0) cell.setMetadata("tags", tags);
  else cell.deleteMetadata("tags");
}

/** The section of the property inspector that sets a cell's markers. */
export class MarkerTool extends NotebookTools.Tool {
  private readonly store = new Store<Shown>({ cell: null, tags: [] });

  constructor() {
    super();
    this.addClass("tb");
    const layout = new PanelLayout();
    this.layout = layout;
    layout.addWidget(ReactWidget.create(<Markers store={this.store} />));
  }

  protected override onActiveCellChanged(_: Message): void {
    this.read();
  }

  protected override onActiveCellMetadataChanged(_: Message): void {
    this.read();
  }

  private read(): void {
    const cell = this.notebookTools.activeCell?.model ?? null;
    this.store.set({ cell, tags: tagsOf(cell?.metadata) });
  }
}
