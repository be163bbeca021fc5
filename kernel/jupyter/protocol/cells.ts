import type { Parent } from "./iopub.ts";
import type { Request } from "./request.ts";

/** Numbers of code that is no counted cell: silent requests, and those that leave no history. */
const UNCOUNTED_FROM = 1_000_000_000;

/** What is known of code that was sent to run. */
export interface SentCell {
  readonly cell: number;
  readonly source: string;
  readonly parent: Parent;
  readonly identities: readonly Buffer[];
  readonly isSilent: boolean;
  readonly isStored: boolean;
  readonly allowsInput: boolean;
  readonly cellId?: string;
}

/** All code that was sent to run: later output and errors name it by its number. */
export class Cells {
  /** The number of the newest cell that counts. */
  count = 0;
  /** nbformat's cell ids, by the number of the cell's runs. */
  readonly ids = new Map<number, string>();
  private readonly sent = new Map<number, SentCell>();
  private uncounted = UNCOUNTED_FROM;

  add(request: Request, source: string): SentCell {
    const { content, metadata, header, identities } = request;
    const isSilent = content.silent === true;
    const isStored = !isSilent && content.store_history !== false;
    const cell = isStored ? ++this.count : ++this.uncounted;
    const { cellId } = metadata;
    const sent: SentCell = {
      cell,
      source,
      parent: header,
      identities,
      isSilent,
      isStored,
      allowsInput: content.allow_stdin === true,
      ...(typeof cellId === "string" ? { cellId } : {}),
    };
    this.sent.set(cell, sent);
    if (sent.cellId !== undefined) this.ids.set(cell, sent.cellId);
    return sent;
  }

  of(cell: number | undefined): SentCell | undefined {
    return cell === undefined ? undefined : this.sent.get(cell);
  }

  /** What caused an output. Code that no cell owns belongs to none. */
  parentOf(cell: number | undefined): Parent {
    return this.of(cell)?.parent ?? {};
  }
}
