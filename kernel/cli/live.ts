import { join, resolve } from "node:path";
import type { Command } from "commander";
import { countText, fail, numberText, timeText } from "#core";
import { openStore } from "#data";
import { readBundle } from "#exports";
import {
  askStatus,
  type ControlAction,
  command,
  type LiveStatus,
  type ModelStatus,
  type Proof,
  prove,
  readKeyFile,
  startDaemon,
  trust,
} from "#live";
import { metricsPort, readLimits } from "./accounts/account-file.ts";
import { addAccountCommands } from "./accounts/commands.ts";
import { stopAccount } from "./accounts/start-account.ts";
import { table } from "./data/index.ts";
import { type SeriesReader, seriesReader } from "./live-series.ts";
import { oneMore } from "./parameters.ts";

const FOLDER = join(".tickbook", "live");

interface LiveFlags {
  readonly account: string;
  readonly exchange: string;
  readonly keyFile?: string;
  readonly origin?: string;
  readonly limits?: string;
  readonly trust?: string;
  readonly clock: string;
  readonly bus?: string;
  readonly data?: string;
  readonly series?: readonly string[];
  readonly metrics?: string;
  readonly sync: string;
  readonly decideTimeout?: string;
  readonly capital?: string;
  readonly requireIsolation?: boolean;
  readonly takeOver?: boolean;
  readonly json?: boolean;
}

export function addLiveCommands(program: Command): void {
  const live = program
    .command("live")
    .description("trade a bundle, and look after what trades")
    .argument("[bundle]", "folder of the bundle")
    .option("--account <folder>", "where journal, trusted keys and control are kept", FOLDER)
    .option("--exchange <name>", "where to trade: binance", "binance")
    .option("--key-file <file>", 'the API key: { "apiKey", "secret" }, mode 0600')
    .option("--origin <url>", "send all requests here instead, such as a simulated exchange")
    .option("--limits <file>", "the operator's limits, JSON: each wins over what the bundle asks for")
    .option("--trust <fingerprint>", "trust this signing key from now on")
    .option("--clock <venue|wall>", "what moves time in a quiet market", "wall")
    .option("--data <folder>", "the .tickbook folder whose store holds the series that features read")
    .option(
      "--series <name=source>",
      "where a series is stored, if not as in research: fear-greed=csv, mood=csv:FNG; for each",
      oneMore,
    )
    .option("--bus <endpoint>", "publish progress here: tcp://127.0.0.1:5555")
    .option(
      "--metrics <port>",
      "serve Prometheus's /metrics on 127.0.0.1; the token is in <account>/metrics.token",
    )
    .option(
      "--sync <on|off>",
      "whether an order's intent must survive a loss of power before it is sent",
      "on",
    )
    .option("--capital <amount>", "what to trade with, the same at each start (default: the bundle's)")
    .option("--decide-timeout <ms>", "time for a decision of the strategy (default 5000)")
    .option(
      "--take-over",
      "the daemon that had the folder ran in a container or on a machine that is gone for certain",
    )
    .option("--require-isolation", "refuse to trade unless the strategy's process has no network")
    .option("--json", "print what happens as JSON lines on standard output")
    .addHelpText(
      "after",
      `
Examples:
  tickbook live trust SHA256:... --account .tickbook/live
  tickbook live .tickbook/bundles/4f0c... --key-file binance.json
  tickbook live .tickbook/bundles/4f0c... --key-file binance.json --metrics 9464
  tickbook live .tickbook/bundles/4f0c... --key-file binance.json --data .tickbook --series mood=csv:FNG
  tickbook live status
  tickbook live halt
  tickbook live prove .tickbook/bundles/4f0c... --home notebooks/.tickbook --source binance

Ctrl-C stops it: orders that protect positions stay at the exchange.
Exit codes: 0 stopped as told, 1 trading could not go on, 2 wrong use.`,
    )
    .action(async (bundle: string | undefined, flags: LiveFlags) => {
      if (bundle === undefined) return live.help({ error: true });
      await run(bundle, flags);
    });
  addControlCommands(live);
  addAccountCommands(live);
  addProofCommand(live);
}

async function run(bundle: string, flags: LiveFlags): Promise<void> {
  const folder = resolve(flags.account);
  if (flags.exchange !== "binance") {
    fail("cli.bad-option", { message: `--exchange ${flags.exchange}: only binance is supported so far` });
  }
  if (flags.keyFile === undefined) {
    fail("cli.bad-option", { message: "no --key-file", hint: "Give the file with the exchange's API key." });
  }
  if (flags.trust !== undefined) await trust(folder, flags.trust);
  const print = (level: string, message: string, fields: object = {}) =>
    flags.json
      ? process.stdout.write(`${JSON.stringify({ kind: "log", level, message, ...fields })}\n`)
      : process.stderr.write(`${level === "info" ? "" : `${level}: `}${message}\n`);
  if (flags.series !== undefined && flags.data === undefined) {
    fail("cli.bad-option", {
      message: "--series without --data",
      hint: "Name the folder whose store has them: --data notebooks/.tickbook",
    });
  }
  const series =
    flags.data === undefined
      ? undefined
      : seriesReader(resolve(flags.data), (await readBundle(resolve(bundle))).manifest, flags.series ?? []);
  try {
    await trade(bundle, folder, flags, series, print);
  } finally {
    await series?.close();
  }
}

async function trade(
  bundle: string,
  folder: string,
  flags: LiveFlags,
  series: SeriesReader | undefined,
  print: (level: string, message: string, fields?: object) => unknown,
): Promise<void> {
  const port = flags.metrics === undefined ? undefined : metricsPort(flags.metrics);
  const daemon = await startDaemon({
    bundle: resolve(bundle),
    folder,
    keys: await readKeyFile(resolve(flags.keyFile!)),
    ...(series ? { readSeries: series.read } : {}),
    clock: oneOf("--clock", flags.clock, ["venue", "wall"]),
    isDurable: oneOf("--sync", flags.sync, ["on", "off"]) === "on",
    ...(flags.origin === undefined ? {} : { origin: flags.origin }),
    ...(flags.bus === undefined ? {} : { bus: flags.bus }),
    ...(port === undefined ? {} : { metricsPort: port }),
    ...(flags.limits === undefined ? {} : { limits: await readLimits(resolve(flags.limits)) }),
    ...(flags.capital === undefined ? {} : { capital: Number(flags.capital) }),
    ...(flags.decideTimeout === undefined ? {} : { decideTimeoutMs: Number(flags.decideTimeout) }),
    requireIsolation: flags.requireIsolation ?? false,
    takeOver: flags.takeOver ?? false,
    onLog: print,
  });
  print(
    "info",
    `trading ${daemon.status().strategy}; control: tickbook live status --account ${flags.account}`,
  );
  process.once("SIGINT", () => daemon.stop());
  process.once("SIGTERM", () => daemon.stop());
  await daemon.ended;
  const status = daemon.status();
  if (flags.json) process.stdout.write(`${JSON.stringify({ kind: "stopped", status })}\n`);
  else process.stdout.write(`${table(statusRows(status))}\n`);
  if (status.booksDiffer !== undefined) process.exitCode = 1;
}

function oneOf<T extends string>(flag: string, value: string, values: readonly T[]): T {
  const found = values.find((each) => each === value);
  return found ?? fail("cli.bad-option", { message: `${flag} ${value}: one of ${values.join(", ")}` });
}

const ACTIONS: Readonly<Record<ControlAction, string>> = {
  halt: "buy nothing more and withdraw what would; exits and stops go on",
  flatten: "halt, cancel everything, and sell all at market",
  resume: "end a halt",
  stop: "end the daemon; orders that protect positions stay at the exchange",
};

function addControlCommands(live: Command): void {
  live
    .command("status")
    .description("what the running daemon holds, waits for and is limited by")
    .option("--account <folder>", "the daemon's folder", FOLDER)
    .option("--json", "print JSON on standard output")
    .action(async (_: unknown, self: Command) => {
      const flags: { account: string; json?: boolean } = self.optsWithGlobals();
      const found = await askStatus(resolve(flags.account));
      process.stdout.write(flags.json ? `${JSON.stringify(found)}\n` : `${table(statusRows(found))}\n`);
    });
  for (const [name, description] of Object.entries(ACTIONS)) {
    live
      .command(name)
      .description(description)
      .option("--account <folder>", "the daemon's folder", FOLDER)
      .action(async (_: unknown, self: Command) => {
        const flags: { account: string; json?: boolean } = self.optsWithGlobals();
        const folder = resolve(flags.account);
        await (name === "stop" ? stopAccount(folder) : command(folder, name as ControlAction));
        process.stdout.write(
          flags.json ? `${JSON.stringify({ told: name })}\n` : `the daemon was told: ${name}\n`,
        );
      });
  }
  live
    .command("trust")
    .description("trust bundles that a key signs")
    .argument("<fingerprint>", "SHA256:..., as tickbook keys show prints it")
    .option("--account <folder>", "the account that they may trade on", FOLDER)
    .action(async (fingerprint: string, _: unknown, self: Command) => {
      const flags: { account: string } = self.optsWithGlobals();
      const trusted = await trust(resolve(flags.account), fingerprint);
      process.stdout.write(`${trusted.join("\n")}\n`);
    });
}

interface ProofFlags {
  readonly account: string;
  readonly home: string;
  readonly source: string;
  readonly json?: boolean;
}

function addProofCommand(live: Command): void {
  live
    .command("prove")
    .description("replay an account's journal through its bundle, and compare it with the bundle's backtest")
    .argument("<bundle>", "folder of the bundle that traded")
    .requiredOption("--home <folder>", "the .tickbook folder whose data the backtest runs on")
    .requiredOption("--source <name>", "where those bars are from: vega, binance, csv")
    .option("--account <folder>", "the account's folder", FOLDER)
    .option("--json", "print the outcome as JSON on standard output")
    .action(async (bundle: string, _: unknown, self: Command) => {
      const flags: ProofFlags = self.optsWithGlobals();
      const proof = await proveFromStore(
        resolve(bundle),
        resolve(flags.account),
        resolve(flags.home),
        flags.source,
      );
      process.stdout.write(
        flags.json ? `${JSON.stringify(proofFacts(proof))}\n` : `${table(proofRows(proof))}\n`,
      );
      if (!proof.replay.isEqual || !proof.parity.isEqual) process.exitCode = 1;
    });
}

/** The proof of a session, on the bars of a data store. */
export async function proveFromStore(
  bundle: string,
  folder: string,
  home: string,
  source: string,
): Promise<Proof> {
  const store = openStore(join(home, "data"));
  try {
    return await prove({
      bundle,
      folder,
      readBars: (symbol, timeframe) => store.read({ source, symbol, timeframe }),
    });
  } finally {
    await store.close();
  }
}

/** Without the core, which is no plain data. */
export function proofFacts({ replay, parity, journal }: Proof): object {
  const { core: _, bars: __, answers: ___, ...replayed } = replay;
  return { journal, replay: replayed, parity };
}

export function proofRows({ replay, parity, journal }: Proof): string[][] {
  const verdict = (isEqual: boolean) => (isEqual ? "equal" : "DIFFERENT");
  return [
    ["journal", journal],
    [
      "replayed",
      `${verdict(replay.isEqual)}: ${countText(replay.records)} records, ${countText(replay.decisions)} decisions, ${countText(replay.commands)} commands`,
    ],
    ...(replay.difference ? [["", `record ${replay.difference.sequence}: ${replay.difference.text}`]] : []),
    [
      "parity",
      `${verdict(parity.isEqual)} to the backtest: ${countText(parity.bars)} bars, ${countText(parity.decisions)} decisions, ${countText(parity.orders)} orders, ${countText(parity.fills)} fills, ${countText(parity.refusals)} refusals`,
    ],
    ...(parity.difference ? [["", parity.difference]] : []),
  ];
}

function statusRows(status: LiveStatus): string[][] {
  const { counts, latencyMs, isolation, failure, booksDiffer } = status;
  const layers = Object.entries({ permissions: isolation.permissions, "no network": isolation.network });
  return [
    ["state", `${status.state}, ${status.strategy} at ${status.venueTime}`],
    ...(failure ? [["failure", `${failure.message} (${failure.code})`]] : []),
    ...(booksDiffer === undefined ? [] : [["BOOKS DIFFER", booksDiffer]]),
    [
      "equity",
      `${numberText(status.equity)} ${status.currency}, cash ${status.cash}, fees ${numberText(status.fees)}`,
    ],
    ...status.positions.map(({ symbol, quantity, mark, bid, ask, stop }) => [
      "position",
      `${quantity} ${symbol.split("/")[0]} of ${symbol}, last ${mark ?? "none"}, bid ${bid ?? "none"}, ask ${ask ?? "none"}` +
        (stop ? `, stop ${stop.price} at the ${stop.restsAt}` : ""),
    ]),
    ...status.orders.map(({ id, side, type, quantity, filled, price, state, purpose }) => [
      "order",
      `${id}: ${side} ${quantity} ${type}${price === null ? "" : ` at ${price}`}, ${filled} filled, ${state} (${purpose})`,
    ]),
    ...(status.models ?? []).flatMap(modelRows),
    [
      "limits",
      Object.entries(status.limits)
        .map(([name, value]) => `${name} ${value}`)
        .join(", ") || "none",
    ],
    [
      "isolation",
      layers.map(([name, on]) => `${name} ${on ? "yes" : "NO"}`).join(", ") +
        `, heap ${isolation.heapMb} MiB`,
    ],
    [
      "counts",
      `${countText(counts.decisions)} decisions, ${countText(counts.orders)} orders, ${countText(counts.fills)} fills, ${countText(counts.refusals)} refusals, ${countText(counts.records)} records`,
    ],
    [
      "latency",
      latencyMs.p50 === null
        ? "no order yet"
        : `p50 ${numberText(latencyMs.p50, 3)} ms, p99 ${numberText(latencyMs.p99 ?? Number.NaN, 3)} ms`,
    ],
  ];
}

/** Lines of drift that are shown. */
const DRIFT_SHOWN = 3;

function modelRows({ name, window, failures, lastFailure, drift }: ModelStatus): string[][] {
  const looks = window === 1 ? "" : `, looks at ${window} bars`;
  const failed = lastFailure
    ? `, ${countText(failures)} bars not predicted, last ${lastFailure.symbol} at ${timeText(lastFailure.time)}: ${lastFailure.reason}`
    : "";
  if (drift === null) return [["model", `${name}${looks}, drift not measured yet${failed}`]];
  const worst = drift.lines
    .slice(0, DRIFT_SHOWN)
    .map((line) => `${line.name} ${line.psi === null ? "unknown" : numberText(line.psi)}`);
  return [
    ["model", `${name}${looks}${failed}`],
    [
      "drift",
      // A PSI of few rows frightens for nothing.
      drift.word === "too few rows"
        ? `${countText(drift.rows)} rows so far, too few to judge`
        : `${drift.word} in ${countText(drift.rows)} rows; PSI of ${worst.join(", ")}`,
    ],
  ];
}
