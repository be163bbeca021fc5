import fc from "fast-check";
import { expect, it } from "vitest";
import { baseName, folderOf, toContentsPath, toKernelPath } from "../../../kernel/lab/src/comm/paths.ts";

const name = fc
  .stringMatching(/^[\w][\w .-]{0,8}$/)
  .filter((text) => text.trim() === text && !/^\.+$/.test(text));
const folder = fc.array(name, { maxLength: 3 }).map((parts) => parts.join("/"));
const file = fc
  .tuple(folder, name)
  .map(([where, last]) => (where === "" ? `${last}.ipynb` : `${where}/${last}.ipynb`));

it("leads a path to the kernel and back, wherever the kernel stands", () => {
  fc.assert(
    fc.property(file, folder, (path, kernelFolder) => {
      const root = kernelFolder === "" ? "/srv/lab" : `/srv/lab/${kernelFolder}`;
      const base = { folder: kernelFolder, root };
      expect(toContentsPath(toKernelPath(path, base), base)).toBe(path);
      expect(toContentsPath(`/srv/lab/${path}`, base)).toBe(path);
      expect(toContentsPath(`/elsewhere/${path}`, base)).toBeNull();
    }),
  );
});

it("is the base name for a notebook's own kernel, and the whole path for a hidden one", () => {
  const own = { folder: "research/eu", root: "/srv/research/eu" };
  expect(toKernelPath("research/eu/trend.ipynb", own)).toBe("trend.ipynb");
  expect(toKernelPath("research/eu/trend.ipynb", { folder: "", root: "/srv" })).toBe(
    "research/eu/trend.ipynb",
  );
  expect(toContentsPath("../../../outside.html", own)).toBeNull();
  expect(toContentsPath("C:\\lab\\out\\run.ipynb", { folder: "", root: "C:\\lab" })).toBe("out/run.ipynb");
});

it("splits a path", () => {
  fc.assert(
    fc.property(folder, name, (where, last) => {
      const path = where === "" ? last : `${where}/${last}`;
      expect([folderOf(path), baseName(path)]).toEqual([where, last]);
    }),
  );
});
