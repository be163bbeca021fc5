import { basename } from "node:path";
import { type MessagePort, receiveMessageOnPort } from "node:worker_threads";

/** Cells import as if they stood in a file of this name in the notebook's folder. */
export const CELL_FILE = "notebook-cell.js";

/** What imports of the notebook and of its local modules led to. */
export interface Reached {
  /** Every local file that was loaded, in order; a file twice when it was loaded again after a change. */
  readonly modules: readonly LoadedModule[];
  readonly packages: readonly ImportedPackage[];
}

export interface LoadedModule {
  /** Absolute. */
  readonly file: string;
  /** The file as it was loaded. */
  readonly content: Uint8Array;
}

export interface ImportedPackage {
  readonly name: string;
  readonly version: string;
  /** Absolute folder of its package.json. */
  readonly folder: string;
}

/** What the loader's thread is started with. */
export interface LoaderData {
  /** Address of the package's own door. */
  readonly ownDoor: string;
  /** Absolute folder of the cells that are modules. */
  readonly moduleCells: string;
  readonly notes: MessagePort;
}

/** What the loader's thread tells, as it happens. */
export type LoaderNote =
  | ({ readonly kind: "module" } & LoadedModule)
  | ({ readonly kind: "package" } & ImportedPackage);

/** True for the address that cells import from. */
export function isCellFile(url: string): boolean {
  return basename(url) === CELL_FILE;
}

/** The notes of the loader's thread so far. */
export class LoaderNotes {
  private readonly port: MessagePort;
  private readonly modules: LoadedModule[] = [];
  private readonly packages = new Map<string, ImportedPackage>();

  constructor(port: MessagePort) {
    this.port = port;
  }

  /** An import that has been answered has told all by now: notes are sent before answers. */
  reached(): Reached {
    for (let next = receiveMessageOnPort(this.port); next; next = receiveMessageOnPort(this.port)) {
      const { kind, ...note } = next.message as LoaderNote;
      if (kind === "module") this.modules.push(note as LoadedModule);
      else this.packages.set((note as ImportedPackage).folder, note as ImportedPackage);
    }
    return { modules: [...this.modules], packages: [...this.packages.values()] };
  }
}
