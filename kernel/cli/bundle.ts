import { resolve } from "node:path";
import type { Command } from "commander";
import { shortText, timeText } from "#core";
import {
  type Bundle,
  type GoldenReport,
  type Manifest,
  readBundle,
  readSigningKey,
  verifyBundle,
} from "#exports";
import { table } from "./data/index.ts";

interface BundleFlags {
  readonly json?: boolean;
}

interface VerifyFlags extends BundleFlags {
  readonly home: string;
  readonly trust?: string[];
}

export function addBundleCommands(program: Command): void {
  const bundle = program.command("bundle").description("look at a strategy bundle, and check it");
  bundle
    .command("inspect <path>")
    .description(
      "print what a bundle says of itself; its signature and hashes must hold, its code does not run",
    )
    .option("--json", "print the manifest as JSON on standard output")
    .action(async (path: string, flags: BundleFlags) => {
      const found = await readBundle(resolve(path));
      const { hash, fingerprint, manifest } = found;
      if (flags.json) process.stdout.write(`${JSON.stringify({ hash, fingerprint, manifest })}\n`);
      else process.stdout.write(`${table(factRows(found))}\n`);
    });
  bundle
    .command("verify <path>")
    .description("check signature, key, every file, and the golden vectors that it must reproduce")
    .option("--trust <fingerprint...>", "keys whose bundles may run (default: this project's own)")
    .option("--home <folder>", "the .tickbook folder whose key is this project's own", ".tickbook")
    .option("--json", "print the outcome as JSON on standard output")
    .addHelpText(
      "after",
      `
Example:
  tickbook bundle verify .tickbook/bundles/4f0c... --trust SHA256:...

Exit codes: 0 it holds, 1 it is refused, 2 wrong use.`,
    )
    .action(async (path: string, flags: VerifyFlags) => {
      const own = flags.trust ? undefined : await readSigningKey(resolve(flags.home));
      const trusted = flags.trust ?? (own ? [own.fingerprint] : []);
      const { hash, fingerprint, golden } = await verifyBundle(resolve(path), trusted);
      if (flags.json) process.stdout.write(`${JSON.stringify({ hash, fingerprint, golden })}\n`);
      else process.stdout.write(`${verdictText(hash, fingerprint, golden)}\n`);
    });
}

export function verdictText(
  hash: string,
  fingerprint: string,
  { decisions, rows, signals, orders, predictions, maxPredictionError }: GoldenReport,
): string {
  return table([
    ["bundle", hash],
    ["signed by", fingerprint],
    ["decisions", `${decisions} equal to the notebook's, ${signals} signals`],
    ["orders", `${orders} made again by this engine, equal in every integer`],
    ["features", `${rows} rows equal in every bit`],
    ...(predictions === 0
      ? []
      : [["predictions", `${predictions}, largest difference ${maxPredictionError}`]]),
  ]);
}

function factRows({ hash, fingerprint, manifest }: Bundle): string[][] {
  const { account, evidence, engine, features, models, params, limits } = manifest;
  const { backtest, golden } = evidence;
  return [
    ["bundle", hash],
    ["signed by", fingerprint],
    ["strategy", manifest.name],
    ...manifest.instruments.map(({ symbol, tick, lot, minNotional }) => [
      "instrument",
      `${symbol} ${manifest.timeframe}, tick ${tick}, lot ${lot}, smallest order ${minNotional}`,
    ]),
    [
      "account",
      `${account.venue} ${account.kind}, ${account.capital} ${account.currency}, fees ${account.fees.bps} bps`,
    ],
    ["parameters", pairs(params)],
    ["limits asked", pairs(limits)],
    ["features", features.ids.join(", ") || "none"],
    ...Object.entries(models).map(([name, model]) => [
      "model",
      `${name} ${model.hash.slice(0, 12)} of ${model.inputs.join(", ")}`,
    ]),
    [
      "warm-up",
      `${manifest.warmupBars} bars, features then within ${shortText(manifest.warmupError)} of a full history`,
    ],
    ["packages", manifest.packages.map(({ name, version }) => `${name} ${version}`).join(", ") || "none"],
    ["engine", `${engine.version} ${engine.hash.slice(0, 12)}`],
    ["run", evidence.run],
    ...evidence.data.map(({ source, symbol, timeframe, hash: version }) => [
      "data",
      `${symbol} ${timeframe} from ${source}, version ${version.slice(0, 12)}`,
    ]),
    ["backtest", backtestText(backtest)],
    ["golden", `${golden.decisions} decisions, ${golden.orders} orders`],
    ...Object.entries(manifest.files).map(([name, { bytes }]) => ["file", `${name}, ${bytes} bytes`]),
  ];
}

function backtestText({ from, to, performance, trades }: Manifest["evidence"]["backtest"]): string {
  const percent = (value: number) => `${(value * 100).toFixed(1)} %`;
  return `${timeText(from)} to ${timeText(to)}: Sharpe ${performance.sharpe.toFixed(2)}, ${percent(performance.annualReturn)} a year, largest drawdown ${percent(performance.maxDrawdown)}, ${trades} trades`;
}

function pairs(values: object): string {
  return (
    Object.entries(values)
      .map(([name, value]) => `${name} ${String(value)}`)
      .join(", ") || "none"
  );
}
