import type {
  CheckStep,
  ErrorData,
  FrozenValue,
  LimitRow,
  Promoted,
  PromoteReview,
  Stage,
  StageChoice,
  StartStep,
} from "../comm/protocol.ts";
import { count } from "../ui/text.ts";
import type { Step } from "./steps.ts";

export interface Choice {
  readonly stage: Stage;
  readonly account: string;
  /** As typed. */
  readonly capital: string;
  readonly accepted: boolean;
  /** The strategy's name, typed before real money is traded. */
  readonly typedName: string;
  /** The second ask is open. */
  readonly isAsking: boolean;
}

export type PromoteState =
  | { readonly phase: "check"; readonly steps: readonly Step<CheckStep>[]; readonly startedAt: number }
  | { readonly phase: "refused"; readonly review: PromoteReview; readonly steps: readonly Step<CheckStep>[] }
  | { readonly phase: "failed"; readonly error: ErrorData; readonly steps: readonly Step<CheckStep>[] }
  | {
      readonly phase: "review";
      readonly review: PromoteReview;
      readonly choice: Choice;
      readonly steps: readonly Step<CheckStep>[];
      readonly error?: ErrorData;
      /** Set while the strategy is being started. */
      readonly starting?: readonly Step<StartStep>[];
    }
  | { readonly phase: "done"; readonly promoted: Promoted; readonly currency: string };

export type ReviewState = Extract<PromoteState, { phase: "review" }>;

export function differing(review: PromoteReview): FrozenValue[] {
  return (review.frozen ?? []).filter(({ differs }) => differs);
}

/** What the review starts with: the tamest stage that has an account, the notebook's capital. */
export function firstChoice(review: PromoteReview): Choice {
  const stage = (review.stages ?? []).find(({ accounts }) => accounts.length > 0);
  return {
    stage: stage?.stage ?? "paper",
    account: stage?.accounts[0]?.name ?? "",
    capital: review.capital === undefined ? "" : String(review.capital),
    accepted: false,
    typedName: "",
    isAsking: false,
  };
}

/** Another stage takes its own first account, and what was asked for the one before is asked again. */
export function chooseStage(choice: Choice, stage: Stage, stages: readonly StageChoice[]): Choice {
  const account = stages.find((one) => one.stage === stage)?.accounts[0]?.name ?? "";
  return { ...choice, stage, account, typedName: "", isAsking: false };
}

/** The capital as a number; null if it is none above zero. Grouping commas are allowed. */
export function capitalOf(text: string): number | null {
  const plain = text.replaceAll(",", "").trim();
  if (!/^\d+(\.\d+)?$/.test(plain)) return null;
  const value = Number(plain);
  return value > 0 ? value : null;
}

/** The limits of the chosen account: each may have an operator of its own. */
export function limitsOf(review: PromoteReview, choice: Choice): readonly LimitRow[] {
  const stage = review.stages?.find((one) => one.stage === choice.stage);
  return stage?.accounts.find(({ name }) => name === choice.account)?.limits ?? review.limits ?? [];
}

/** Why the button is off; null if it is on. */
export function blockedBy({ review, choice }: Pick<ReviewState, "review" | "choice">): string | null {
  const differs = differing(review).length;
  if (differs > 0 && !choice.accepted) return `Accept the ${count(differs, "differing value")} first.`;
  if (choice.account === "") return `There is no account for ${choice.stage}. Choose another stage.`;
  if (capitalOf(choice.capital) === null)
    return choice.capital.trim() === ""
      ? "Enter the capital."
      : `The capital must be a number above 0, got ${choice.capital.trim()}.`;
  if (choice.stage === "live" && choice.typedName !== review.strategy?.name)
    return `Type ${review.strategy?.name ?? "the strategy's name"} to trade real money.`;
  return null;
}

export function startLabel(stage: Stage): string {
  return stage === "live" ? "Sign and start live" : `Sign and start on ${stage}`;
}

/** The limit that is in force and tighter than asked is the one to look at. */
export function isTightened(row: LimitRow): boolean {
  return row.setBy === "operator" && row.asked !== null && row.asked !== row.operator;
}

/** All refusals as a text to paste elsewhere. */
export function refusalText(review: PromoteReview, notebook: string): string {
  return review.refusals
    .map(({ code, message, remedy, cell, module, line, column, sourceLine }) => {
      const where = module ?? (cell === undefined ? notebook : `${notebook}, cell ${cell}`);
      return `${where}, line ${line}, column ${column}: ${message} (${code})\n    ${sourceLine.trim()}\n${remedy}`;
    })
    .join("\n\n");
}
