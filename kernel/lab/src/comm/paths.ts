// The kernel speaks of files relative to its own folder, JupyterLab relative to the server's. Both use "/".

/** Folder of a path, "" at the top. */
export function folderOf(path: string): string {
  const at = path.lastIndexOf("/");
  return at < 0 ? "" : path.slice(0, at);
}

export function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** Where the kernel stands, as JupyterLab counts: `folder` of the kernel, and its absolute `root`. */
export interface Base {
  readonly folder: string;
  readonly root: string;
}

/** A path of JupyterLab as the kernel wants it. */
export function toKernelPath(contents: string, base: Base): string {
  if (base.folder === "") return contents;
  const inside = `${base.folder}/`;
  if (contents.startsWith(inside)) return contents.slice(inside.length);
  return `${"../".repeat(base.folder.split("/").length)}${contents}`;
}

/** A path that the kernel told, relative to its root or absolute, as JupyterLab opens it; null if it lies outside. */
export function toContentsPath(path: string, base: Base): string | null {
  const slashed = path.replaceAll("\\", "/");
  if (/^(\/|[A-Za-z]:\/)/.test(slashed)) {
    const root = serverRoot(base);
    return slashed.startsWith(`${root}/`) ? slashed.slice(root.length + 1) : null;
  }
  return normal(base.folder === "" ? slashed : `${base.folder}/${slashed}`);
}

function serverRoot({ root, folder }: Base): string {
  const slashed = root.replaceAll("\\", "/").replace(/\/+$/, "");
  return folder !== "" && slashed.endsWith(`/${folder}`) ? slashed.slice(0, -folder.length - 1) : slashed;
}

function normal(path: string): string | null {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) return null;
  }
  return parts.join("/");
}
