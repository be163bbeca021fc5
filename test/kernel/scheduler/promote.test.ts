import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { createRng } from "#core";
import { COMMAND, kill, openProject, startCommand } from "./project.ts";

const CELLS = [
  'import { account, backtest, bars, bps, defineStrategy, features, float, freeze, sma } from "tickbook";\nconst history = await bars("SPX/USD", "1d", { from: "vega" });',
  "const best = freeze({ band });",
  `const set = features({ fast: sma(20), slow: sma(100) });
const strategy = defineStrategy({
  name: "cross", instruments: ["SPX/USD"], timeframe: "1d", features: set,
  account: account({ venue: "binance", kind: "cash", currency: "USD", capital: 100_000, fees: bps(10), slippage: bps(2) }),
  params: { band: float(0, 0.1) },
  onBar(ctx) {
    const { fast, slow } = ctx.row;
    if (ctx.position.isFlat && fast > slow * (1 + ctx.params.band)) ctx.target({ weight: 0.9, stop: ctx.bar.close * 0.9 });
    else if (fast < slow) ctx.target({ weight: 0 });
  },
});`,
  "export const live = strategy.with(best);",
  'await backtest(live, history, { from: "2005" });',
];

it("a run that ends well is promoted to a signed bundle if its job says so", {
  timeout: 120_000,
}, async () => {
  const project = await openProject();
  const path = project.notebook("const band: number = 0.5", ...CELLS);
  const spec = { parameters: { band: 0.01 }, onSuccess: { promote: "paper" } } as const;
  const job = await project.desk.add(project.job(path, spec));
  const { id } = project.desk.runNow(job.id);
  await project.start();
  const account = join(project.home, "live", "cross");
  const tickbook = (...args: string[]) =>
    spawnSync(COMMAND[0], [...COMMAND.slice(1), ...args], { cwd: project.folder, encoding: "utf8" });
  onTestFinished(() => void tickbook("live", "stop", "--account", account));
  const end = await project.until(id, ({ note }) => note);
  expect(end.note).toMatch(/^promoted to bundle [\da-f]{12}, on paper as cross$/);
  const status = JSON.parse(tickbook("live", "status", "--account", account, "--json").stdout);
  expect(status).toMatchObject({ strategy: "cross" });
  expect(end.bundle).toMatch(/^[\da-f]{64}$/);
  const bundles = join(project.home, "bundles");
  expect(readdirSync(bundles)).toEqual([end.bundle]);
  expect(existsSync(join(bundles, end.bundle!))).toBe(true);
});

const SEED = Number(process.env.TICKBOOK_SEED ?? Date.now() % 1e6);

it(`a scheduler that is killed while it promotes goes on where it was, and starts one account (seed ${SEED})`, {
  timeout: 240_000,
}, async () => {
  const rng = createRng(SEED);
  const project = await openProject();
  const path = project.notebook("const band: number = 0.5", ...CELLS);
  const spec = { parameters: { band: 0.01 }, onSuccess: { promote: "paper" } } as const;
  const job = await project.desk.add(project.job(path, spec));
  const { id } = project.desk.runNow(job.id);
  const tickbook = (...args: string[]) =>
    spawnSync(COMMAND[0], [...COMMAND.slice(1), ...args], { cwd: project.folder, encoding: "utf8" });
  const account = join(project.home, "live", "cross");
  onTestFinished(() => void tickbook("live", "stop", "--account", account));
  let kills = 0;
  let scheduler = startCommand(project, "scheduler", []);
  await project.until(id, ({ status }) => status === "done");
  while (kills < 4 && project.desk.run(id).note === undefined) {
    await sleep(rng.next() * 6000);
    await kill(scheduler);
    kills++;
    scheduler = startCommand(project, "scheduler", []);
  }
  const end = await project.until(id, ({ note }) => note);
  expect(kills).toBeGreaterThan(0);
  expect(end).toMatchObject({
    ...{ status: "done", attempt: 1 },
    note: expect.stringMatching(/^promoted to bundle [\da-f]{12}, on paper as cross$/),
  });
  expect(readdirSync(join(project.home, "bundles"))).toEqual([end.bundle]);
  // Beside it there may be a lock of whoever started it last.
  const accounts = readdirSync(join(project.home, "live")).filter((name) => !name.startsWith("."));
  expect(accounts).toEqual(["cross"]);
  const { strategies } = JSON.parse(tickbook("live", "ls", "--home", project.home, "--json").stdout);
  expect(strategies).toEqual([expect.objectContaining({ account: "cross", bundle: end.bundle })]);
});
