import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Command } from "commander";
import { fail, numberText, percentText } from "#core";
import { command, readKeyFile } from "#live";
import { table } from "../data/index.ts";
import { oneMore } from "../parameters.ts";
import { interruptSignal } from "../run.ts";
import {
  accountFolder,
  accountNames,
  metricsPort,
  readAccount,
  readLimits,
  STAGES,
  writeAccount,
} from "./account-file.ts";
import { hasEnded, type LiveStrategy, type LiveView, LiveWatch } from "./live-view.ts";
import { restartAccount, startAccount } from "./start-account.ts";

const LOOK_MS = 500;
/** A view is told again after this long although nothing changed, so that silence means trouble. */
const REPEAT_MS = 5000;

interface Flags {
  readonly home: string;
  readonly json?: boolean;
}

/** `tickbook live account|start|ls|watch|halt-all`: the accounts of a project, with their processes in the background. */
export function addAccountCommands(live: Command): void {
  addAccountCommand(live);
  addStartCommand(live);
  live
    .command("ls")
    .description("the project's accounts and what trades on them")
    .option("--home <folder>", "the .tickbook folder that is meant", ".tickbook")
    .action(async (_: unknown, self: Command) => {
      const flags: Flags = self.optsWithGlobals();
      const view = await new LiveWatch(resolve(flags.home)).look();
      process.stdout.write(flags.json ? `${JSON.stringify(view)}\n` : `${viewText(view)}\n`);
    });
  live
    .command("watch")
    .description("the same as JSON lines, again whenever something changes, until Ctrl-C")
    .option("--home <folder>", "the .tickbook folder that is meant", ".tickbook")
    .action(async (_: unknown, self: Command) => watch(resolve((self.optsWithGlobals() as Flags).home)));
  live
    .command("halt-all")
    .description("halt every strategy of the project")
    .option("--home <folder>", "the .tickbook folder that is meant", ".tickbook")
    .action(async (_: unknown, self: Command) => {
      const flags: Flags = self.optsWithGlobals();
      const halted = await haltAll(resolve(flags.home));
      process.stdout.write(
        flags.json ? `${JSON.stringify({ halted })}\n` : `halted: ${halted.join(", ") || "nothing"}\n`,
      );
    });
}

function addAccountCommand(live: Command): void {
  live
    .command("account")
    .description("add an account of an exchange, for real money, or change its files")
    .argument("<name>", "how you call it")
    .option("--key-file <file>", 'the API key: { "apiKey", "secret" }, mode 0600')
    .option("--limits <file>", "the operator's limits, JSON: each wins over what a bundle asks for")
    .option("--home <folder>", "the .tickbook folder that is meant", ".tickbook")
    .action(async (name: string, _: unknown, self: Command) => {
      const flags: Flags & { keyFile?: string; limits?: string } = self.optsWithGlobals();
      if (flags.keyFile === undefined) {
        fail("cli.bad-option", {
          message: "no --key-file",
          hint: "Give the file with the exchange's API key.",
        });
      }
      const home = resolve(flags.home);
      const keyFile = resolve(flags.keyFile);
      await readKeyFile(keyFile);
      const limitsFile = flags.limits === undefined ? undefined : resolve(flags.limits);
      await readLimits(limitsFile);
      const before = await readAccount(home, name);
      const { folder } = await writeAccount(home, name, {
        ...before?.file,
        stage: "live",
        keyFile,
        ...(limitsFile === undefined ? {} : { limitsFile }),
      });
      process.stdout.write(flags.json ? `${JSON.stringify({ name, folder })}\n` : `${name}: ${folder}\n`);
    });
}

function addStartCommand(live: Command): void {
  live
    .command("start")
    .description(
      "trade a bundle in the background, on paper or on an account; without a bundle: start it again",
    )
    .argument("[bundle]", "folder of the bundle, or the first digits of its hash")
    .option("--stage <stage>", `${STAGES.join(" or ")}`, "paper")
    .option("--name <account>", "the account (default: the name of the stage)")
    .option("--capital <amount>", "what to trade with (default: the bundle's)")
    .option("--metrics <port|off>", "serve Prometheus's /metrics on 127.0.0.1, from now on")
    .option(
      "--series <name=source>",
      "where a series is stored, from now on, if not as in research: mood=csv:FNG",
      oneMore,
    )
    .option("--speed <factor>", "paper: replay time over wall time (default: one bar a second)")
    .option("--home <folder>", "the .tickbook folder that is meant", ".tickbook")
    .addHelpText(
      "after",
      `
Examples:
  tickbook live start 4f0c12 --home notebooks/.tickbook                 # the embedded exchange replays stored bars
  tickbook live account main --key-file binance.json --limits limits.json
  tickbook live start 4f0c12 --stage live --name main --capital 5000    # real money
  tickbook live ls`,
    )
    .action(async (bundle: string | undefined, _: unknown, self: Command) => {
      const flags: Flags & StartFlags = self.optsWithGlobals();
      const home = resolve(flags.home);
      const stage = STAGES.find((each) => each === flags.stage);
      if (!stage) fail("cli.bad-option", { message: `--stage ${flags.stage}: one of ${STAGES.join(", ")}` });
      const account = flags.name ?? stage;
      const changes = {
        ...(flags.metrics === undefined ? {} : { metricsPort: metricsPort(flags.metrics) }),
        ...(flags.series === undefined ? {} : { series: flags.series }),
      };
      const { signal } = interruptSignal();
      const started =
        bundle === undefined
          ? await restartAccount(home, account, changes, signal)
          : await startAccount(
              {
                home,
                account,
                stage,
                bundle: await bundleFolder(home, bundle),
                ...(flags.capital === undefined ? {} : { capital: positive("--capital", flags.capital) }),
                changes,
                ...(flags.speed === undefined ? {} : { speed: positive("--speed", flags.speed) }),
              },
              (step, state) =>
                flags.json && process.stderr.write(`${JSON.stringify({ kind: "step", step, state })}\n`),
              signal,
            );
      const { warmupBars, replaced } = started;
      const view = await new LiveWatch(home).look();
      const strategy = view.strategies.find((each) => each.account === account);
      process.stdout.write(
        flags.json
          ? `${JSON.stringify({ account, stage, warmupBars, replaced, status: strategy })}\n`
          : `${viewText({ ...view, strategies: strategy ? [strategy] : [] })}\n`,
      );
    });
}

interface StartFlags {
  readonly stage: string;
  readonly name?: string;
  readonly capital?: string;
  readonly speed?: string;
  readonly metrics?: string;
  readonly series?: readonly string[];
}

function positive(flag: string, text: string): number {
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  return fail("cli.bad-option", { message: `${flag} ${text}: a number above 0`, fields: { text } });
}

/** A folder as it is, else the one bundle of the home folder whose hash begins so. */
async function bundleFolder(home: string, given: string): Promise<string> {
  const { readdir } = await import("node:fs/promises");
  if (!/^[0-9a-f]{4,64}$/.test(given)) return resolve(given);
  const folder = join(home, "bundles");
  const found = (await readdir(folder).catch(() => [] as string[])).filter((name) => name.startsWith(given));
  if (found.length === 1) return join(folder, found[0]!);
  return fail("cli.bad-option", {
    message: `${found.length === 0 ? "no bundle" : `${found.length} bundles`} in ${folder} begin${found.length > 1 ? "" : "s"} with ${given}`,
    hint: "Give the bundle's folder, or more digits.",
    fields: { given, folder },
  });
}

/**
 * Tells every daemon that did not say good-bye, all at once; accounts whose file is damaged as well.
 * @returns the names of those that heard it. Errors: `live.not-halted` names those that did not.
 */
async function haltAll(home: string): Promise<string[]> {
  const told = await Promise.all(
    (await accountNames(home)).map(async (name) => {
      const folder = accountFolder(home, name);
      if (await hasEnded(folder)) return undefined;
      const isHalted = await command(folder, "halt").then(
        () => true,
        () => false,
      );
      return { name, isHalted };
    }),
  );
  const named = (isHalted: boolean) =>
    told.flatMap((each) => (each?.isHalted === isHalted ? [each.name] : []));
  const [halted, unanswered] = [named(true), named(false)];
  if (unanswered.length === 0) return halted;
  return fail("live.not-halted", {
    message: `no answer from ${unanswered.join(", ")}; halted: ${halted.join(", ") || "nothing"}`,
    fields: { halted, unanswered },
  });
}

async function watch(home: string): Promise<void> {
  const looker = new LiveWatch(home);
  let last = "";
  let toldAt = 0;
  for (;;) {
    const view = await looker.look();
    const text = JSON.stringify([view.strategies.map(({ seenAt: _, ...rest }) => rest), view.damaged]);
    if (text !== last || view.at - toldAt > REPEAT_MS) {
      process.stdout.write(`${JSON.stringify(view)}\n`);
      [last, toldAt] = [text, view.at];
    }
    await pause(LOOK_MS);
  }
}

function viewText({ strategies, damaged }: LiveView): string {
  const head = ["account", "stage", "strategy", "state", "equity", "today", "exposure"];
  const seen =
    strategies.length === 0
      ? "Nothing trades here: tickbook live start <bundle>"
      : table([head, ...strategies.map(rowOf)]);
  return [seen, ...damaged.map(({ account, message }) => `${account} is not seen: ${message}`)].join("\n");
}

function rowOf({
  account,
  stage,
  strategy,
  state,
  equity,
  todayProfit,
  exposure,
  currency,
}: LiveStrategy): string[] {
  return [
    account,
    stage,
    strategy,
    state,
    equity === undefined ? "–" : `${numberText(equity)} ${currency}`,
    numberText(todayProfit ?? Number.NaN, 2, true),
    percentText(exposure ?? Number.NaN),
  ];
}
