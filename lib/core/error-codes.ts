import { ingestCodes } from "./error-codes/ingest.ts";
import { liveCodes } from "./error-codes/live.ts";
import { marketCodes } from "./error-codes/market.ts";
import type { ErrorMeaning } from "./error-codes/meaning.ts";
import { platformCodes } from "./error-codes/platform.ts";
import { promotionCodes } from "./error-codes/promotion.ts";
import { researchCodes } from "./error-codes/research.ts";
import { storeCodes } from "./error-codes/store.ts";
import { tradingCodes } from "./error-codes/trading.ts";

/**
 * Every error code, by part of the house. `act` says who must act:
 * `bug` (us), `input` (whoever gave the value), `refused` (the strategy; trading goes on),
 * `transient` (nobody yet: it is tried again within a limit), `operator` (trading stops until a person looks).
 * A test checks that each code is used and that docs/errors.md lists it.
 */
const codes = {
  ...tradingCodes,
  ...researchCodes,
  ...ingestCodes,
  ...promotionCodes,
  ...liveCodes,
  ...platformCodes,
  ...storeCodes,
  ...marketCodes,
};

export type ErrorCode = keyof typeof codes;
export const ERROR_CODES: Readonly<Record<ErrorCode, ErrorMeaning>> = codes;
