import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { jupyterFolder } from "../../../kernel/cli/jupyter/folders.ts";
import { builtExtension, install, uninstall } from "../../../kernel/cli/jupyter/install.ts";
import { temporaryFolder } from "../../temporary-folder.ts";
import { ROOT } from "../../tidy/sources.ts";

describe("where Jupyter looks", () => {
  it.each([
    ["linux", {}, join(homedir(), ".local/share/jupyter")],
    ["linux", { XDG_DATA_HOME: "/x" }, "/x/jupyter"],
    ["darwin", {}, join(homedir(), "Library/Jupyter")],
    ["win32", { APPDATA: "/app" }, "/app/jupyter"],
    ["linux", { JUPYTER_DATA_DIR: "/data" }, "/data"],
  ] as const)("for a user: %s %o", (platform, environment, expected) => {
    expect(jupyterFolder({}, environment, platform)).toBe(expected);
  });

  it("below a prefix, or in a Python environment that is one", () => {
    const folder = temporaryFolder();
    expect(jupyterFolder({ prefix: folder })).toBe(join(folder, "share/jupyter"));
    expect(() => jupyterFolder({ venv: folder })).toThrow("no Python environment");
    writeFileSync(join(folder, "pyvenv.cfg"), "");
    expect(jupyterFolder({ venv: folder })).toBe(join(folder, "share/jupyter"));
    expect(jupyterFolder({ venv: true }, { VIRTUAL_ENV: folder })).toBe(join(folder, "share/jupyter"));
    expect(() => jupyterFolder({ venv: true }, {})).toThrow("none is active");
    expect(() => jupyterFolder({ user: true, prefix: folder })).toThrow("exclude each other");
  });
});

describe("installing into Jupyter", () => {
  const specOf = (folder: string, name: string) =>
    JSON.parse(readFileSync(join(folder, "kernels", name, "kernel.json"), "utf8")) as Record<string, unknown>;

  it("writes a kernel that can be started from anywhere, again and again, and takes it all back", async () => {
    const folder = temporaryFolder();
    for (let i = 0; i < 2; i++) {
      const { kernels, extension } = await install(folder, { replaceTslab: true });
      expect(kernels).toHaveLength(2);
      expect(extension !== undefined).toBe(builtExtension() !== undefined);
    }
    for (const name of ["tickbook", "tslab"]) {
      const { argv, interrupt_mode, language } = specOf(folder, name);
      expect([interrupt_mode, language]).toEqual(["message", "typescript"]);
      expect((argv as string[])[0]).toBe(process.execPath);
      expect(argv).toContain("--no-force-async-hooks-checks");
      expect((argv as string[]).at(-1)).toBe("{connection_file}");
    }
    writeFileSync(join(folder, "kernels/other.json"), "");
    expect(await uninstall(folder)).toHaveLength(builtExtension() ? 3 : 2);
    expect(await uninstall(folder)).toEqual([]);
    expect(readFileSync(join(folder, "kernels/other.json"), "utf8")).toBe("");
  });

  it("leaves what somebody else installed", async () => {
    const folder = temporaryFolder();
    for (const name of ["tickbook", "tslab"]) {
      mkdirSync(join(folder, "kernels", name), { recursive: true });
      writeFileSync(join(folder, "kernels", name, "kernel.json"), '{"argv":["python"]}');
    }
    await expect(install(folder)).rejects.toMatchObject({ code: "cli.foreign-kernel" });
    expect(await uninstall(folder)).toEqual([]);
    expect(specOf(folder, "tslab")).toEqual({ argv: ["python"] });
    expect(specOf(folder, "tickbook")).toEqual({ argv: ["python"] });
  });

  it("says where it can't write", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "kernels"), "");
    await expect(install(folder)).rejects.toMatchObject({ code: "storage.unwritable" });
    rmSync(join(folder, "kernels"));
  });

  it("at the same time from several processes leaves one whole kernel, and nothing beside it", async () => {
    const folder = temporaryFolder();
    await Promise.all(Array.from({ length: 6 }, () => install(folder)));
    expect(readdirSync(join(folder, "kernels"))).toEqual(["tickbook"]);
    expect(specOf(folder, "tickbook")).toMatchObject({ language: "typescript" });
    expect(readdirSync(folder).filter((name) => name.startsWith("."))).toEqual([]);
    for (const name of ["kernels", "kernels/tickbook"])
      expect(statSync(join(folder, name)).mode & 0o055, name).toBe(0o055);
  });
});

it.skipIf(process.platform === "win32")(
  "folders with spaces, quotes and letters of all scripts: lab and init",
  () => {
    const folder = join(temporaryFolder(), "my research's 研究");
    const bin = join(ROOT, "kernel/cli/tickbook.mjs");
    const tickbook = (args: readonly string[], env = process.env) =>
      spawnSync(process.execPath, [bin, ...args], { encoding: "utf8", env, cwd: dirname(folder) });
    const made = tickbook(["init", "my research's 研究"], { ...process.env, PATH: "/nowhere" });
    expect(made.status).toBe(1);
    expect(made.stderr).toMatch(/npm can't be started[\s\S]*run npm install there/);
    const { name } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { name: string };
    expect(name).toMatch(/^[a-z0-9][a-z0-9._-]*$/);
    // A JupyterLab of this test's own, which answers to its version only.
    const venv = join(folder, "venv");
    mkdirSync(join(venv, "bin"), { recursive: true });
    writeFileSync(join(venv, "bin", "jupyter"), "#!/bin/sh\nprintf '%s\\n' \"$@\"\n", { mode: 0o755 });
    const env = { ...process.env, VIRTUAL_ENV: venv, JUPYTER_PATH: "/elsewhere" };
    const printed = tickbook(["lab", join(folder, "first.ipynb"), "--print-command"], env);
    expect(printed.status, printed.stderr).toBe(0);
    const shell = spawnSync("/bin/sh", ["-c", printed.stdout], {
      encoding: "utf8",
    });
    expect(shell.stdout.split("\n").slice(0, 3)).toEqual([
      "lab",
      `--ServerApp.root_dir=${folder}`,
      "--LabApp.default_url=/lab/tree/first.ipynb",
    ]);
  },
);
