import { join } from "node:path";
import { decodeValue, fail, valueText } from "#core";
import { openObjects } from "#storage";
import { runCommand } from "./command.ts";
import type { ServiceContext } from "./index.ts";
import type { Call, Method } from "./lab-target.ts";
import { accountParam, notebookParam, numberParam, textParam } from "./params.ts";

/** What `tickbook promote --check --json` says, as far as it is looked at here. */
interface Review {
  readonly run: string;
  readonly frozen?: readonly FrozenValue[];
}

interface FrozenValue {
  readonly binding: string;
  readonly goesLiveHash: string;
}

interface Compared extends FrozenValue {
  /** In few words; null if the open session did not freeze it. */
  readonly openSession: string | null;
  readonly differs: boolean;
}

const HASH_SHOWN = 8;

export function promoteMethods(context: ServiceContext): Readonly<Record<string, Method>> {
  /** By run: what would go live, so that nothing is signed that was not looked at. */
  const reviewed = new Map<string, readonly FrozenValue[]>();
  return {
    "promote.check": async (call) => {
      const review = (await runCommand(
        ["promote", notebookParam(call), "--check", "--events", "--home", context.home],
        { cwd: context.root, signal: call.signal, onEvent: (event) => call.progress(event) },
      )) as Review;
      if (!review.frozen) return review;
      reviewed.set(review.run, review.frozen);
      return { ...review, frozen: await compare(context, review.frozen) };
    },
    "promote.start": (call) => start(context, call, reviewed),
  };
}

/** Sets what goes live beside what the open session froze under the same name. */
function compare(context: ServiceContext, frozen: readonly FrozenValue[]): Promise<Compared[]> {
  const objects = openObjects(join(context.home, "objects"));
  const own = context.frozen();
  return Promise.all(
    frozen.map(async (value) => {
      const hash = own.get(value.binding)?.hash;
      if (hash === undefined) return { ...value, openSession: null, differs: false };
      // A cell that is still running stores what it froze when it ends.
      const bytes = await objects.get(hash).catch(() => undefined);
      const text = bytes
        ? shownText(decodeValue(new TextDecoder().decode(bytes)))
        : hash.slice(0, HASH_SHOWN);
      return { ...value, openSession: text, differs: hash !== value.goesLiveHash };
    }),
  );
}

/** As the review writes what goes live: a model by its hash. */
function shownText(value: unknown): string {
  const { hash, bytes } = (value ?? {}) as { readonly hash?: unknown; readonly bytes?: unknown };
  const isModel = typeof hash === "string" && ArrayBuffer.isView(bytes);
  return isModel ? hash.slice(0, HASH_SHOWN) : valueText(value);
}

async function start(
  context: ServiceContext,
  call: Call,
  reviewed: ReadonlyMap<string, readonly FrozenValue[]>,
): Promise<object> {
  const { root: cwd, home } = context;
  const { signal } = call;
  const run = textParam(call, "run");
  const [stage, account] = [textParam(call, "stage"), accountParam(call)];
  const capital = numberParam(call, "capital");
  const frozen = reviewed.get(run);
  if (!frozen) {
    fail("promote.not-reviewed", {
      message: `run ${run.slice(0, HASH_SHOWN)} was not checked in this session`,
      fields: { run },
    });
  }
  await assertAccepted(context, frozen, call.params.accepted);
  call.progress({ step: "sign", state: "running" });
  const notebook = notebookParam(call);
  const promoted = (await runCommand(["promote", run, "--home", home, "--notebook", notebook], {
    cwd,
    signal,
  })) as Promoted;
  call.progress({ step: "sign", state: "passed" });
  const started = (await runCommand(
    [
      "live",
      "start",
      promoted.path,
      "--home",
      home,
      "--stage",
      stage,
      "--name",
      account,
      "--capital",
      String(capital),
    ],
    { cwd, signal, onEvent: (event) => call.progress(event) },
  )) as Started;
  const { manifest } = promoted;
  return {
    bundle: promoted.hash,
    path: promoted.path,
    bytes: Object.values(manifest.files).reduce((sum, { bytes }) => sum + bytes, 0),
    models: Object.keys(manifest.models).length,
    fingerprint: promoted.fingerprint,
    strategy: manifest.name,
    account,
    stage,
    capital,
    warmupBars: started.warmupBars,
    ...(started.replaced === undefined ? {} : { replaced: started.replaced }),
    status: started.status,
  };
}

interface Promoted {
  readonly hash: string;
  readonly path: string;
  readonly fingerprint: string;
  readonly manifest: {
    readonly name: string;
    readonly models: object;
    readonly files: Readonly<Record<string, { readonly bytes: number }>>;
  };
}

interface Started {
  readonly warmupBars: number;
  readonly replaced?: string;
  readonly status: object;
}

/** The open session may have gone on since the review: what counts is what it holds now. */
async function assertAccepted(
  context: ServiceContext,
  frozen: readonly FrozenValue[],
  accepted: unknown,
): Promise<void> {
  const named = new Set(Array.isArray(accepted) ? accepted : []);
  const differing = (await compare(context, frozen)).filter(
    ({ differs, binding }) => differs && !named.has(binding),
  );
  if (differing.length === 0) return;
  const names = differing.map(({ binding }) => binding).join(", ");
  fail("promote.differs-from-session", {
    message: `${names} ${differing.length === 1 ? "is" : "are"} not what the open session holds`,
    hint: "Accept the values of the re-run, or run the notebook's cells again until they agree.",
    fields: { differing: differing.map(({ binding }) => binding) },
  });
}
