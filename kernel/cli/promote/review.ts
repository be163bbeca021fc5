import { decodeValue, percentText, shortText, valueText } from "#core";
import type { Refusal, StrategySlice } from "#exports";
import type { Limits } from "#model";
import type { NotebookDocument } from "#notebook";
import type { Evidence } from "#runner";
import type { ObjectStore } from "#storage";
import type { Stage } from "../accounts/account-file.ts";
import { table } from "../data/index.ts";

const HASH_SHOWN = 8;

/** A place in the notebook, as a front end finds it. */
interface Placed {
  readonly cell?: number;
  readonly cellId?: string;
}

/** What goes live, and all that should be looked at before. With refusals nothing may. */
export interface PromoteReview {
  /** Hash of the run record; "" if the run did not end well. */
  readonly run: string;
  readonly refusals: readonly (Omit<Refusal, "cell" | "code"> & Placed & { readonly code: string })[];
  readonly warnings: readonly ({ readonly text: string; readonly line?: number } & Placed)[];
  readonly strategy?: {
    readonly name: string;
    readonly instruments: readonly string[];
    readonly timeframe: string;
    readonly features: readonly string[];
    readonly warmupBars: number;
    readonly params: Readonly<Record<string, unknown>>;
    /** Numbers of the cells that it is made of. */
    readonly cells: readonly number[];
  };
  readonly frozen?: readonly FrozenReview[];
  readonly models?: readonly {
    readonly name: string;
    readonly inputs: readonly string[];
    readonly hash: string;
    readonly parity?: { readonly maxAbsError: number; readonly tolerance: number; readonly rows: number };
  }[];
  readonly evidence?: Pick<Evidence, "columns" | "rows"> & { readonly note?: string | undefined };
  readonly limits?: readonly LimitReview[];
  readonly stages?: readonly PromoteStage[];
  readonly currency?: string;
  readonly capital?: number;
  readonly fingerprint?: string;
  /** Path of the report, from the notebook's folder. */
  readonly report: string;
}

export interface FrozenReview extends Placed {
  readonly binding: string;
  readonly kind: "value" | "model";
  readonly goesLive: string;
  readonly goesLiveHash: string;
}

export interface LimitReview {
  readonly name: string;
  readonly asked: string | null;
  readonly operator: string | null;
  readonly inForce: string | null;
  readonly setBy: "bundle" | "operator" | "";
}

export interface PromoteStage {
  readonly stage: Stage;
  readonly accounts: readonly {
    readonly name: string;
    readonly limits: readonly LimitReview[];
    readonly replaces?: { readonly strategy: string; readonly bundle: string };
  }[];
}

/** The frozen values of a slice, with a text short enough for a row of a table. */
export function frozenReview(frozen: StrategySlice["frozen"], objects: ObjectStore): Promise<FrozenReview[]> {
  return Promise.all(
    frozen.map(async ({ binding, cell, hash }) => {
      const value = decodeValue(new TextDecoder().decode(await objects.get(hash)));
      const model = modelHash(value);
      return {
        binding,
        kind: model === undefined ? ("value" as const) : ("model" as const),
        cell,
        goesLive: model?.slice(0, HASH_SHOWN) ?? valueText(value),
        goesLiveHash: hash,
      };
    }),
  );
}

function modelHash(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { hash, bytes, inputs } = value as { hash?: unknown; bytes?: unknown; inputs?: unknown };
  return typeof hash === "string" && ArrayBuffer.isView(bytes) && Array.isArray(inputs) ? hash : undefined;
}

const LIMITS: readonly (readonly [keyof Limits, string])[] = [
  ["maxOrderNotional", "Order, notional"],
  ["maxPositionNotional", "Position, notional"],
  ["priceBandBps", "Price band, bps"],
  ["maxOrdersPerMinute", "Orders a minute"],
  ["maxDailyLoss", "Daily loss"],
];

/** What the bundle asks for beside what the operator allows: the operator's word wins. */
export function limitsReview(asked: Limits, operator: Limits): LimitReview[] {
  return LIMITS.map(([key, name]) => {
    const shown = key === "maxDailyLoss" ? percentText : shortText;
    const text = (value: number | undefined) => (value === undefined ? null : shown(value));
    const inForce = operator[key] ?? asked[key];
    return {
      name,
      asked: text(asked[key]),
      operator: text(operator[key]),
      inForce: text(inForce),
      setBy: inForce === undefined ? "" : operator[key] === undefined ? "bundle" : "operator",
    };
  });
}

/** The same with the id of each cell that is named by its number. */
export function withCellIds(review: PromoteReview, document: NotebookDocument): PromoteReview {
  const ids = new Map(
    document.cells.flatMap((cell) =>
      cell.cell_type === "code" && cell.execution_count !== null ? [[cell.execution_count, cell.id]] : [],
    ),
  );
  const placed = <T extends Placed>(item: T): T => {
    const cellId = item.cell === undefined ? undefined : ids.get(item.cell);
    return cellId === undefined ? item : { ...item, cellId };
  };
  return {
    ...review,
    refusals: review.refusals.map(placed),
    warnings: review.warnings.map(placed),
    ...(review.frozen ? { frozen: review.frozen.map(placed) } : {}),
  };
}

/** For the terminal. */
export function reviewText(review: PromoteReview): string {
  const { strategy, frozen = [], evidence, limits = [], models = [], warnings } = review;
  if (!strategy) return "";
  const { name, instruments, timeframe, warmupBars, params } = strategy;
  const parts = [
    table([
      ["strategy", `${name}: ${instruments.join(", ")}, ${timeframe} bars, warm-up ${warmupBars} bars`],
      ["parameters", valueText(params)],
      ...frozen.map(({ binding, goesLive, cell }) => ["frozen", `${binding} = ${goesLive} (cell ${cell})`]),
      ...models.map(({ name: model, inputs, hash }) => [
        "model",
        `${model} ${hash.slice(0, HASH_SHOWN)}: ${inputs.join(", ")}`,
      ]),
    ]),
    ...(evidence
      ? [
          table([
            ["", ...evidence.columns.map(({ label, detail }) => (detail ? `${label}, ${detail}` : label))],
            ...evidence.rows.map(({ label, values }) => [label, ...values]),
          ]),
        ]
      : []),
    table(limits.filter(({ inForce }) => inForce !== null).map((limit) => [limit.name, limit.inForce!])),
    ...warnings.map(({ text, cell }) => `look: ${text}${cell === undefined ? "" : ` (cell ${cell})`}`),
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}
