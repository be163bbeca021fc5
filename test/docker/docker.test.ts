import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { productSources, ROOT, trackedFiles } from "../tidy/sources.ts";
import { parseCommandLine } from "./command-line.ts";
import { composeText, readCompose } from "./compose.ts";
import { type Instruction, readDockerfile, readIgnore } from "./dockerfile.ts";
import { parseYaml } from "./yaml.ts";

const read = (path: string) => readFileSync(join(ROOT, path), "utf8");
const IMAGES = ["research", "daemon"] as const;
const stagesOf = (image: (typeof IMAGES)[number]) => readDockerfile(`docker/${image}/Dockerfile`);
const finalOf = (image: (typeof IMAGES)[number]) => stagesOf(image).at(-1)!;
const textsOf = (stage: readonly Instruction[], name: string) =>
  stage.filter((each) => each.name === name).map(({ text }) => text);
const copies = (stage: readonly Instruction[]) =>
  stage
    .filter(({ name }) => name === "COPY")
    .map(({ flags, words }) => ({ from: flags.from, sources: words.slice(0, -1), to: words.at(-1)! }));
const VARIABLES = { TICKBOOK_BUNDLE: "4f0c", TICKBOOK_TRUST: `SHA256:${"a".repeat(43)}` };
const { services, networks, volumes, name: project } = readCompose(VARIABLES);

describe("the build's context", () => {
  const isIgnored = readIgnore();

  it("holds every file that the images take, and all sources that the compiler needs", () => {
    const taken = IMAGES.flatMap(stagesOf).flatMap(copies);
    const sources = taken.filter(({ from }) => from === undefined).flatMap((copy) => copy.sources);
    expect(sources.length).toBeGreaterThan(20);
    const files = trackedFiles();
    for (const source of sources) {
      expect(existsSync(join(ROOT, source)), source).toBe(true);
      const inside = files.filter((path) => path === source || path.startsWith(`${source}/`));
      expect(inside.filter((path) => !isIgnored(path)).length, source).toBeGreaterThan(0);
    }
    const { include } = JSON.parse(read("tsconfig.build.json")) as { include: string[] };
    expect(include.filter((folder) => !sources.includes(folder))).toEqual([]);
    const isSource = (path: string) => include.some((folder) => path.startsWith(`${folder}/`));
    expect(files.filter((path) => isSource(path) && isIgnored(path))).toEqual([]);
  });

  it.each([
    "binance.json",
    ".env",
    ".npmrc",
    ".git/config",
    "dist/kernel/cli/main.js",
    "docker/.env",
    "docker/secrets/binance.json",
    "docker/compose.yml",
    "node_modules/ws/package.json",
    "kernel/node_modules/x/index.js",
    "notebooks/binance.json",
    "notebooks/prices.csv",
    "notebooks/trend.executed.ipynb",
    "notebooks/.ipynb_checkpoints/trend.ipynb",
    "notebooks/.tickbook/keys/signing.json",
    ".tickbook/live/control.json",
    "lib/.tickbook/keys/signing.json",
    "var/journey/exchange-key.json",
  ])("keeps %s out", (path) => {
    expect(isIgnored(path)).toBe(true);
  });
});

describe.each(IMAGES)("the image for %s", (image) => {
  const stages = stagesOf(image);
  const final = finalOf(image);

  it("stands on one pinned base, the Node that both images and this package name", () => {
    const bases = stages.map(([from]) => from!.words[0]!);
    expect(new Set(bases).size).toBe(1);
    expect(bases[0]).toMatch(/^node:20\.\d+\.\d+-bookworm-slim$/);
    expect(bases[0]).toBe(finalOf("research")[0]!.words[0]);
    const minor = Number(bases[0]!.split(".")[1]);
    const { engines } = JSON.parse(read("package.json")) as { engines: { node: string } };
    expect(minor).toBeGreaterThanOrEqual(Number(engines.node.split(".")[1]));
  });

  it("is built by the steps of the other one, with locked packages and none of their scripts", () => {
    const steps = stages[0]!.map(({ name, text }) => `${name} ${text}`);
    const shared = steps.slice(0, steps.indexOf("RUN npm run build") + 1);
    const others = stagesOf(image === "daemon" ? "research" : "daemon")[0]!;
    expect(others.slice(0, shared.length).map(({ name, text }) => `${name} ${text}`)).toEqual(shared);
    const installs = steps.filter((step) => /\bnpm (ci|install|i|prune)\b/.test(step));
    expect(installs.length).toBeGreaterThan(0);
    for (const step of installs) {
      expect(step).toMatch(/npm (ci|prune) /);
      expect(step).toContain("--ignore-scripts");
    }
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    for (const [, script] of steps.join("\n").matchAll(/npm run (\w+)/g))
      expect(scripts).toHaveProperty(script!);
  });

  it("takes from the build only what the build has", () => {
    const made = ["/build/node_modules", "/build/dist"];
    const put = copies(stages[0]!).flatMap(({ sources }) => sources.map((source) => `/build/${source}`));
    const packs = textsOf(stages[0]!, "RUN").some((text) =>
      text.startsWith("node docker/daemon/pack.mjs /app "),
    );
    if (packs) made.push("/app");
    const taken = copies(final).filter(({ from }) => from === "build");
    expect(taken.length).toBeGreaterThan(0);
    for (const path of taken.flatMap(({ sources }) => sources)) {
      const isThere = [...made, ...put].some((each) => path === each || path.startsWith(`${each}/`));
      expect(isThere, path).toBe(true);
      const own = path.slice("/build/".length);
      if (!made.includes(path)) expect(existsSync(join(ROOT, own)), own).toBe(true);
    }
  });

  it("runs as nobody special, stops by SIGTERM, opens no port and holds no secret", () => {
    expect(textsOf(final, "USER")).toEqual(["1000:1000"]);
    const at = (name: string) => final.findLastIndex((each) => each.name === name);
    expect(at("USER")).toBeGreaterThan(at("RUN"));
    expect(textsOf(final, "STOPSIGNAL")).toEqual(["SIGTERM"]);
    const all = stages.flat();
    expect(all.filter(({ name }) => ["EXPOSE", "ADD", "ARG"].includes(name))).toEqual([]);
    expect(textsOf(all, "ENV")).toEqual(["ORT_DISABLE_TELEMETRY=1"]);
  });

  it("keeps in a volume what the command line writes", () => {
    const [folder] = final.find(({ name }) => name === "VOLUME")!.words;
    const home = final.findLast(({ name }) => name === "WORKDIR")!.text;
    expect(folder).toBe(image === "daemon" ? `${home}/.tickbook/live` : `${home}/notebooks`);
    expect(textsOf(final, "RUN").join(" ")).toMatch(
      new RegExp(`chown 1000:1000 .*${folder!.split("/").at(-1)}`),
    );
  });

  it("starts, and is looked after, by commands that exist", async () => {
    const [entry] = final.filter(({ name }) => name === "ENTRYPOINT");
    const [usual] = final.filter(({ name }) => name === "CMD");
    expect(entry!.words[0]).toBe("tickbook");
    expect(await parseCommandLine([...entry!.words, ...usual!.words].slice(1))).toEqual({
      name: "help",
      options: {},
    });
    const health = final.filter(({ name }) => name === "HEALTHCHECK");
    expect(health).toHaveLength(image === "daemon" ? 1 : 0);
    for (const { words } of health) expect((await parseCommandLine(words.slice(1))).name).toBe("live status");
  });
});

it("pruning takes nothing away that the product loads", () => {
  const own = JSON.parse(read("package.json")) as Record<string, object>;
  const kept = Object.keys({ ...own.dependencies, ...own.optionalDependencies, ...own.peerDependencies });
  const loaded = productSources().flatMap(({ path, imports }) =>
    imports.flatMap(({ specifier, isTypeOnly }) =>
      isTypeOnly || /^(#|\.|node:)/.test(specifier) ? [] : [{ path, specifier }],
    ),
  );
  expect(loaded.length).toBeGreaterThan(10);
  const isKept = (specifier: string) =>
    kept.some((name) => specifier === name || specifier.startsWith(`${name}/`));
  expect(loaded.filter(({ specifier }) => !isKept(specifier))).toEqual([]);
});

describe("compose.yml", () => {
  it("is in the part of YAML that its reader knows, which refuses the rest", () => {
    expect(Object.keys(services)).toEqual(["key", "exchange", "daemon", "live"]);
    for (const text of [
      "a: &x 1",
      "a: 1\na: 2",
      "a:\n  - b: 1\n    c",
      "a: {b: 1}",
      "a: |\n  text",
      "a: b: c",
    ])
      expect(() => parseYaml(text), text).toThrow();
  });

  it.each(Object.entries(services))("gives the service %s no more than it needs", (name, service) => {
    expect(service).toMatchObject({ read_only: "true", cap_drop: ["ALL"] });
    expect(service.security_opt).toEqual(["no-new-privileges:true"]);
    expect(service.mem_limit).toMatch(/^\d+[mg]$/);
    expect(Number(service.pids_limit)).toBeGreaterThan(0);
    for (const key of ["ports", "environment", "privileged", "cap_add"])
      expect(service).not.toHaveProperty(key);
    // A missing file or folder of the host is an error, not a new empty folder of root.
    for (const mount of service.volumes) {
      if (typeof mount === "string") continue;
      expect(mount).toMatchObject({ type: "bind", read_only: "true", bind: { create_host_path: "false" } });
    }
    for (const mount of service.volumes.filter((each) => typeof each === "string")) {
      const [from] = mount.split(":");
      if (/^[./]/.test(from!)) expect(mount).toMatch(/:ro$/);
      else expect(volumes).toHaveProperty(from!);
    }
    if (name !== "key") expect(service.init).toBe("true");
    const image = name === "daemon" || name === "live" ? "daemon" : "research";
    expect(service.image).toBe(`tickbook-${image}`);
    expect(service.build).toEqual({ context: "..", dockerfile: `docker/${image}/Dockerfile` });
  });

  it("has no way out of paper trading, and one only for real money", () => {
    expect(networks).toEqual({ paper: { internal: "true" } });
    expect(services.key!.network_mode).toBe("none");
    expect(services.exchange!.networks).toEqual(["paper"]);
    // Exchange and bus are on loopback.
    expect(services.daemon!.network_mode).toBe("service:exchange");
    expect(services.live).not.toHaveProperty("network_mode");
    expect(services.live).not.toHaveProperty("networks");
    expect(services.live!.command).not.toContain("--origin");
    // Commented out until somebody takes the signs off.
    const plain = parseYaml(composeText()) as { services: object };
    expect(Object.keys(plain.services)).toEqual(["key", "exchange", "daemon"]);
  });

  it("lets exchange and daemon meet: bus, address and key are the same, terms are the options' defaults", async () => {
    const exchange = await parseCommandLine(services.exchange!.command);
    const daemon = await parseCommandLine(["live", ...services.daemon!.command]);
    const live = await parseCommandLine(["live", ...services.live!.command]);
    expect([exchange.name, daemon.name, live.name]).toEqual(["exchange", "live", "live"]);
    expect(daemon.options.bus).toBe(exchange.options.lockstep);
    expect(daemon.options.origin).toBe(`http://127.0.0.1:${exchange.options.port}`);
    expect(services.exchange!.healthcheck!.test.join(" ")).toContain(`${daemon.options.origin}/api/v3/ping`);
    expect([daemon.options.keyFile]).toEqual(exchange.options.keyFile);
    expect(services.key!.entrypoint).toEqual(["node", "docker/make-key.mjs", daemon.options.keyFile]);
    expect(daemon.options.clock).toBe("venue");
    expect(live.options).toMatchObject({ clock: "wall", sync: "on", exchange: "binance" });
    const [account] = finalOf("daemon").find(({ name }) => name === "VOLUME")!.words;
    expect(services.daemon!.volumes).toContain(`paper-account:${account}`);
    expect(services.live!.volumes).toContain(`live-account:${account}`);
    const waits = { exchange: { condition: "service_healthy" } };
    expect(services.daemon!.depends_on).toEqual(waits);
    // A lock names its host, and a new container would have a new name.
    expect(services.exchange!.hostname).toBe("tickbook-paper");
    expect(services.live!.hostname).toBe("tickbook-live");
  });

  it("asks for what it cannot guess", () => {
    for (const name of Object.keys(VARIABLES)) {
      expect(() => readCompose({ ...VARIABLES, [name]: undefined } as never)).toThrow(name);
      // Not the reader's strictness alone: compose itself takes what is not set for empty.
      expect(composeText()).toMatch(new RegExp(`\\$\\{${name}:\\?[^}]+\\}`));
    }
  });

  const hasCompose = spawnSync("docker", ["compose", "version"]).status === 0;
  it.runIf(hasCompose)("is what Docker's own reader takes it for (where there is one)", () => {
    const env = { ...process.env, ...VARIABLES };
    const args = ["compose", "-f", "docker/compose.yml", "config", "--format", "json"];
    const { status, stdout, stderr } = spawnSync("docker", args, { cwd: ROOT, env, encoding: "utf8" });
    expect(status, stderr).toBe(0);
    const found = JSON.parse(stdout) as { services: Record<string, { command: string[] | null }> };
    for (const [name, { command }] of Object.entries(found.services))
      expect(command ?? [], name).toEqual(services[name]!.command);
  });
});

describe("README.md", () => {
  const page = read("docker/README.md");
  const shell = [...page.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, text]) => text!).join("");
  const lines = shell.replace(/\\\n\s*/g, "").split("\n");

  it("names commands that exist", async () => {
    const found = lines.flatMap((line) => {
      const [, words] =
        /^research (.+)|^docker run .* tickbook-research (.+)|^paper exec daemon tickbook (.+)/
          .exec(line)
          ?.filter((each) => each !== undefined) ?? [];
      return words ? [words.split(" ")] : [];
    });
    const names = await Promise.all(found.map(async (words) => (await parseCommandLine(words)).name));
    const wanted = ["data fetch", "run", "promote", "keys show", "live status", "live halt", "live prove"];
    expect(names).toEqual(wanted);
    // What is left of the shell are Docker's commands, and two ways to say them shortly.
    const others = lines.filter(
      (line) => !/^(research|paper|docker|alias|sudo install|TICKBOOK_\w+=|$)/.test(line),
    );
    expect(others).toEqual([]);
  });

  it("names the variables, images, volumes and files that there are", () => {
    const variables = (text: string) => new Set(text.match(/TICKBOOK_\w+/g));
    expect(variables(page)).toEqual(variables(composeText()));
    for (const [, volume] of page.matchAll(new RegExp(`${project}_([\\w-]+):`, "g")))
      expect(volumes).toHaveProperty(volume!);
    expect(page).toContain("/etc/tickbook");
    expect(services.live!.volumes).toContain("/etc/tickbook:/run/secrets:ro");
    for (const image of IMAGES) expect(page).toContain(`\`tickbook-${image}\``);
  });
});
