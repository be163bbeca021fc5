import { isTickbookError, type TickbookError } from "#core";
import { unknownDataset, unknownVersion } from "./unknown-dataset.ts";
import {
  type AnyKey,
  type DatasetVersion,
  findDatasets,
  readCurrentFile,
  readVersionFile,
  type VersionFile,
  versionHashes,
  versionOf,
} from "./version-file.ts";

interface CurrentFile {
  readonly dataset: string;
  readonly file: VersionFile;
}

/**
 * The current version of every dataset, by source, symbol and kind.
 * @param onRefused is told of a dataset that can't be read; without it, the first one stops the listing.
 */
export async function currentFiles(
  folder: string,
  onRefused: (error: TickbookError) => void = (error) => {
    throw error;
  },
): Promise<CurrentFile[]> {
  const read = async (dataset: string) => {
    try {
      return { dataset, file: await readCurrentFile(dataset) };
    } catch (error) {
      if (!isTickbookError(error)) throw error;
      return void onRefused(error);
    }
  };
  const files = await Promise.all((await findDatasets(folder)).map(read));
  return files.filter((each): each is CurrentFile => each?.file !== undefined);
}

export async function listVersions(folder: string): Promise<DatasetVersion[]> {
  return (await currentFiles(folder)).map(({ file }) => versionOf(file));
}

/** The version of a dataset that a request means. Errors: `data.unknown-dataset`. @param id default: the current one. */
export async function findVersion(
  folder: string,
  dataset: string,
  key: AnyKey,
  id: string | undefined,
): Promise<VersionFile> {
  if (id !== undefined) return readVersionFile(dataset, oneHash(id, await versionHashes(dataset)));
  const current = await readCurrentFile(dataset);
  if (current) return current;
  // What else is damaged does not matter here.
  const known = await currentFiles(folder, () => {});
  return unknownDataset(
    folder,
    key,
    known.map(({ file }) => versionOf(file)),
  );
}

/** Any version of any dataset. Errors: `data.unknown-dataset`. @param id its hash or the start of it. */
export async function findAnyVersion(folder: string, id: string): Promise<VersionFile> {
  const datasets = await findDatasets(folder);
  const hashes = await Promise.all(datasets.map(versionHashes));
  const hash = oneHash(id, [...new Set(hashes.flat())]);
  return readVersionFile(datasets[hashes.findIndex((each) => each.includes(hash))]!, hash);
}

function oneHash(id: string, hashes: readonly string[]): string {
  const found = hashes.filter((hash) => id !== "" && hash.startsWith(id));
  return found.length === 1 ? found[0]! : unknownVersion(id, found);
}
