/** What a daemon tells Prometheus is what `live status` says: by the page, and by a Prometheus that reads it. */
import { spawnSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { type Daemon, LIVE_METRICS, type LiveStatus } from "#live";
import { serveMetrics } from "../../../kernel/live/metrics/server.ts";
import { freePort } from "../../free-port.ts";
import { temporaryFolder } from "../../temporary-folder.ts";
import { hasPrometheus, startPrometheus } from "./prometheus.ts";
import { openSession, type Session } from "./session.ts";
import { promoteTrusting, WARM } from "./trusting.ts";

/** A daemon that has traded all bars, its model failing on some. */
async function tradedDaemon(port: number): Promise<{ session: Session; daemon: Daemon }> {
  const { bundle } = await promoteTrusting();
  const from = bundle.bars[0]!.time[WARM]!;
  const session = await openSession({ bundle, from, daemon: { decideTimeoutMs: 20_000 } });
  const daemon = await session.start({ metricsPort: port });
  await session.exchange.done;
  // It is measured now and then; by the end nothing moves any more.
  await pause(1000);
  expect(daemon.status().models[0]!.drift).not.toBeNull();
  return { session, daemon };
}

/** `name{label="value",...} number` */
const LINE = /^([a-z0-9_]+)(?:\{(.*)\})? (\S+)$/;

function readPage(text: string): Map<string, number> {
  const lines = text.split("\n").filter((line) => line.startsWith("tickbook_"));
  return new Map(
    lines.map((line) => {
      const [, name, labels = "", value] = LINE.exec(line)!;
      return [`${name}{${labels}}`, Number(value)] as const;
    }),
  );
}

/** What the page must say of some of the status, written out by hand. */
function expectedOf(status: LiveStatus): [string, number | null][] {
  const [position] = status.positions;
  const [model] = status.models;
  return [
    [`tickbook_info{strategy="trusting",bundle="${status.bundle}",currency="USDT"}`, 1],
    [`tickbook_state{state="${status.state}"}`, 1],
    ["tickbook_equity{}", status.equity],
    ["tickbook_cash{}", Number(status.cash)],
    ["tickbook_fees{}", status.fees],
    ['tickbook_position_quantity{symbol="BTC/USDT"}', Number(position!.quantity)],
    ['tickbook_position_profit{symbol="BTC/USDT"}', position!.profit],
    [
      'tickbook_orders_open{symbol="BTC/USDT",side="sell"}',
      status.orders.filter(({ side }) => side === "sell").length,
    ],
    ["tickbook_decisions_total{}", status.counts.decisions],
    ["tickbook_fills_total{}", status.counts.fills],
    ['tickbook_model_failures_total{model="up"}', model!.failures],
    ...model!.drift!.lines.flatMap(({ name, psi, ks }): [string, number | null][] => [
      [`tickbook_model_drift_psi{model="up",input="${name}"}`, psi],
      [`tickbook_model_drift_ks{model="up",input="${name}"}`, ks],
    ]),
  ];
}

const ask = (port: number, path: string, token?: string) =>
  fetch(
    `http://127.0.0.1:${port}${path}`,
    token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } },
  );

it("serves what the status says, to whoever has the token, and ends with the daemon", {
  timeout: 60_000,
}, async () => {
  const port = await freePort();
  const { session, daemon } = await tradedDaemon(port);
  const file = join(session.folder, "metrics.token");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const token = readFileSync(file, "utf8");
  expect((await ask(port, "/metrics")).status).toBe(401);
  expect((await ask(port, "/metrics", `${token}x`)).status).toBe(401);
  expect((await ask(port, "/", token)).status).toBe(404);
  const text = await (await ask(port, "/metrics", token)).text();
  const status = daemon.status();
  expect(status.models[0]!.failures).toBeGreaterThan(2);
  const page = readPage(text);
  for (const [line, value] of expectedOf(status))
    expect([line, page.get(line) ?? null]).toEqual([line, value]);
  const named = new Set([...page.keys()].map((line) => line.slice(0, line.indexOf("{"))));
  // No position, no profit of it; everything else has a line.
  const silent = LIVE_METRICS.map(({ name }) => name).filter((name) => !named.has(name));
  expect(["tickbook_position_profit"]).toEqual(expect.arrayContaining(silent));
  expect(text).toMatch(/^process_resident_memory_bytes \d/m);

  await expect(serveMetrics(temporaryFolder(), port, () => status)).rejects.toMatchObject({
    code: "live.port-in-use",
  });
  if (hasPrometheus()) {
    const {
      stdout,
      stderr,
      status: code,
    } = spawnSync("promtool", ["check", "metrics"], { input: text, encoding: "utf8" });
    const own = `${stdout}${stderr}`.split("\n").filter((line) => line.startsWith("tickbook_"));
    expect([code === 0 || code === 3, own]).toEqual([true, []]);
  }
  daemon.stop();
  await daemon.ended;
  await expect(ask(port, "/metrics", token)).rejects.toThrow();
});

it.skipIf(!hasPrometheus())("is read by a real Prometheus", { timeout: 60_000 }, async () => {
  const port = await freePort();
  const { session, daemon } = await tradedDaemon(port);
  const credentials = join(session.folder, "metrics.token");
  const prometheus = await startPrometheus(temporaryFolder(), `127.0.0.1:${port}`, credentials);
  onTestFinished(() => prometheus.stop());
  const wanted = daemon.status();
  const psi = async () => prometheus.query('tickbook_model_drift_psi{model="up",input="price"}');
  for (let n = 0; n < 300 && (await psi()).length === 0; n++) await pause(100);
  const line = wanted.models[0]!.drift!.lines.find(({ name }) => name === "price")!;
  expect((await psi()).map(({ value }) => value)).toEqual([line.psi]);
  expect((await prometheus.query("tickbook_equity")).map(({ value }) => value)).toEqual([wanted.equity]);
  const [state] = await prometheus.query("tickbook_state == 1");
  expect(state!.metric.state).toBe(wanted.state);
});
