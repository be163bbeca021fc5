// The Jupyter kernel beside tslab, in the same run, through the same front end. Run: npm run bench -- kernel
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { kernelArgv } from "../../dist/kernel/jupyter/argv.js";
// biome-ignore lint/correctness/useImportExtensions: the file with its types is beside it.
import { KernelClient } from "./client.mjs";

const TSLAB = createRequire(import.meta.url).resolve("tslab/bin/tslab");
const MIB = 2 ** 20;
const LINES = 100_000;
/** tslab loses the end of long output, and some interrupts: nobody waits for ever. */
const PATIENCE_MS = 3000;

const KERNELS = {
  tickbook: {
    argv: kernelArgv,
    interrupt: (client) => client.send("control", "interrupt_request"),
  },
  tslab: {
    argv: (file) => [process.execPath, TSLAB, "kernel", `--config-path=${file}`],
    interrupt: (client) => process.kill(client.pid, "SIGINT"),
  },
};
const STUCK = {
  "a loop": "while (true) {}",
  "a loop after await": "await 1; while (true) {}",
  "a timer": "await new Promise(() => setTimeout(() => { while (true) {} }, 1))",
  "a pending promise": "await new Promise(() => {})",
  "a regular expression": "/^(a+)+$/.test('a'.repeat(40) + 'b')",
};

export async function benchKernel({ rounds }) {
  const isSmoke = rounds <= 2;
  const measured = {};
  for (const name of Object.keys(KERNELS)) measured[name] = await measure(name, isSmoke);
  const rows = [
    ["start to kernel_info, median", "ms", 600, (m) => m.startMs],
    ["first cell", "ms", undefined, (m) => m.firstMs],
    ["trivial cell, median", "ms", undefined, (m) => m.cellMs.median],
    ["trivial cell, p95", "ms", 10, (m) => m.cellMs.p95],
    ["control answers while a cell computes", "ms", 50, (m) => m.controlMs],
    ...Object.keys(STUCK).map((shape) => [`interrupt: ${shape}`, "ms", 100, (m) => m.interruptMs[shape]]),
    [`lines of ${LINES.toLocaleString("en")} that arrive`, "", undefined, (m) => m.lines],
    ["printing them", "ms", undefined, (m) => m.printMs],
    ["1e8 additions at the top level", "ms", 1000, (m) => m.loopMs],
    ["idle memory", "MiB", 120, (m) => m.rssMib],
  ];
  const { tickbook, tslab } = measured;
  const notes = [
    `${"".padEnd(40)}${"tickbook".padStart(12)}${"tslab".padStart(12)}${"target".padStart(12)}`,
    ...rows.map(([label, unit, target, value]) => {
      const cells = [value(tickbook), value(tslab), target].map((cell) => cellText(cell).padStart(12));
      return `${`${label}${unit && ` (${unit})`}`.padEnd(40)}${cells.join("")}`;
    }),
    "a dash: it did not happen within three seconds, or is not measured in a smoke run",
  ];
  return {
    title: "The Jupyter kernel beside tslab 1.0.22",
    rows: [],
    notes,
    floors: [
      ...rows
        .filter(([, , target]) => target !== undefined)
        .map(([label, unit, ceiling, value]) => ({
          name: `${label}, ${unit}`,
          value: value(tickbook) ?? Number.POSITIVE_INFINITY,
          ceiling,
        })),
      { name: "lines that arrive", value: tickbook.lines, floor: LINES },
    ],
  };
}

/** The peer now and then dies of its own sockets ("Socket is blocked by a bind"): it has three tries, ours has one. */
async function measure(name, isSmoke) {
  for (let tries = name === "tickbook" ? 1 : 3; ; tries--) {
    try {
      return await measureOnce(name, isSmoke);
    } catch (error) {
      if (tries <= 1) throw error;
    }
  }
}

async function measureOnce(name, isSmoke) {
  const folder = mkdtempSync(join(tmpdir(), "tickbook-bench-"));
  const open = () => KernelClient.start(KERNELS[name].argv, { cwd: folder });
  const starts = [];
  let client;
  try {
    for (let k = 0; k < (isSmoke ? 1 : 5); k++) {
      await client?.close();
      client = await open();
      starts.push((await client.ready()).ms);
    }
    const firstMs = await timed(() => cell(client, "1 + 1"));
    await sleep(500);
    const rssMib = residentMib(client.pid);
    const times = [];
    for (let k = 0; k < (isSmoke ? 30 : 100); k++) times.push(await timed(() => cell(client, `${k} + 1`)));
    await client.close();
    client = await open();
    await client.ready();
    const loopMs =
      isSmoke && name === "tslab"
        ? undefined
        : await timed(() => cell(client, "let s = 0; for (let i = 0; i < 1e8; i++) s += i"));
    const controlMs = await controlWhileBusy(client);
    const printed = await printLines(client);
    const interruptMs = {};
    for (const [shape, code] of Object.entries(STUCK)) {
      if (isSmoke && name === "tslab") continue;
      interruptMs[shape] = await interrupted(client, name, code);
      if (interruptMs[shape] !== undefined) continue;
      process.kill(client.pid, "SIGKILL");
      await client.close();
      client = await open();
      await client.ready();
    }
    const cellMs = { median: quantile(times, 0.5), p95: quantile(times, 0.95) };
    return {
      startMs: quantile(starts, 0.5),
      firstMs,
      cellMs,
      loopMs,
      controlMs,
      ...printed,
      interruptMs,
      rssMib,
    };
  } finally {
    await client?.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The slowest of ten answers. */
async function controlWhileBusy(client) {
  const busy = cell(client, "{ const end = performance.now() + 1000; while (performance.now() < end); }");
  await sleep(100);
  let worst = 0;
  for (let k = 0; k < 10; k++) {
    worst = Math.max(worst, await timed(() => client.reply(client.send("control", "kernel_info_request"))));
  }
  await busy;
  return worst;
}

async function printLines(client) {
  const code = `for (let i = 0; i < ${LINES}; i++) console.log("line", i)`;
  const id = client.send("shell", "execute_request", { code, silent: false, store_history: true });
  const printMs = await timed(() => client.idle(id, PATIENCE_MS * 2)).catch(() => undefined);
  const texts = client.iopub(id).filter(({ type }) => type === "stream");
  const lines =
    texts
      .map(({ content }) => content.text)
      .join("")
      .split("\n").length - 1;
  return { lines, printMs };
}

/** @returns undefined if it did not end in time, or never ran: tslab answers at once for a while after an error. */
async function interrupted(client, name, code) {
  await sleep(500);
  const id = client.send("shell", "execute_request", { code, silent: false, store_history: true });
  await sleep(200);
  const hasEnded = client.received.some(
    ({ type, parent }) => type === "execute_reply" && parent.msg_id === id,
  );
  if (hasEnded) return undefined;
  return timed(() => {
    KERNELS[name].interrupt(client);
    return client.reply(id, PATIENCE_MS);
  }).catch(() => undefined);
}

/** Up to the reply: tslab now and then forgets to say that it is idle. */
function cell(client, code) {
  const content = { code, silent: false, store_history: true, allow_stdin: false, stop_on_error: true };
  return client.reply(client.send("shell", "execute_request", content), 120_000);
}

async function timed(work) {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

function residentMib(pid) {
  return (Number(execFileSync("ps", ["-o", "rss=", "-p", String(pid)]).toString()) * 1024) / MIB;
}

function cellText(value) {
  if (value === undefined) return "-";
  return value >= 100 ? Math.round(value).toLocaleString("en") : value.toFixed(1);
}
