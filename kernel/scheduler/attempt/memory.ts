import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { promisify } from "node:util";

interface ProcessLine {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
}

/**
 * Memory that a process holds with all that it started, bytes resident; 0 if it is gone. What has left the tree of
 * processes is still known by its group.
 */
export async function memoryOfTree(root: number): Promise<number> {
  const isLinux = process.platform === "linux";
  const lines = isLinux ? await processesFromProc() : await fromPs();
  const family = new Set([root]);
  for (let size = 0; size !== family.size; ) {
    size = family.size;
    for (const { pid, parent, group } of lines) if (family.has(parent) || group === root) family.add(pid);
  }
  if (!isLinux) return lines.reduce((sum, line) => sum + (family.has(line.pid) ? line.bytes : 0), 0);
  const sizes = await Promise.all([...family].map(residentBytes));
  return sizes.reduce((sum, bytes) => sum + bytes, 0);
}

async function processesFromProc(): Promise<(ProcessLine & { readonly bytes: number })[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    pids.map(async (pid) => {
      const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
      // "pid (name) state ppid pgrp ...": a name may hold anything, so the fields are counted from the last bracket.
      const fields = text?.slice(text.lastIndexOf(")") + 2).split(" ");
      return fields
        ? [{ pid: Number(pid), parent: Number(fields[1]), group: Number(fields[2]), bytes: 0 }]
        : [];
    }),
  );
  return lines.flat();
}

async function residentBytes(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(text)?.[1] ?? 0) * 1024;
}

async function fromPs(): Promise<(ProcessLine & { readonly bytes: number })[]> {
  const { stdout } = await promisify(execFile)("ps", ["-axo", "pid=,ppid=,pgid=,rss="]);
  return stdout
    .trim()
    .split("\n")
    .map((line) => {
      const [pid, parent, group, kilobytes] = line.trim().split(/\s+/).map(Number) as [
        number,
        number,
        number,
        number,
      ];
      return { pid, parent, group, bytes: kilobytes * 1024 };
    });
}
