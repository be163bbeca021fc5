import { Notification } from "@jupyterlab/apputils";
import type { IDocumentManager } from "@jupyterlab/docmanager";

/** Opens a file of the server in JupyterLab; says why if it can't. @param path as JupyterLab counts; null: outside. */
export async function openFile(
  documents: IDocumentManager,
  path: string | null,
  shown: string,
): Promise<ReturnType<IDocumentManager["openOrReveal"]>> {
  if (path === null) {
    tell(`${shown} lies outside the folder that JupyterLab shows.`);
    return undefined;
  }
  try {
    await documents.services.contents.get(path, { content: false });
  } catch {
    const isHidden = path.split("/").some((part) => part.startsWith("."));
    tell(
      isHidden
        ? `JupyterLab may not open hidden folders, so not ${path}. Start it as tickbook lab, or with --ContentsManager.allow_hidden=True.`
        : `There is no ${path} any more.`,
    );
    return undefined;
  }
  return documents.openOrReveal(path);
}

function tell(text: string): void {
  Notification.warning(text, { autoClose: 10_000 });
}
