import type { FeatureDefinition } from "./define.ts";
import { atrDefinition } from "./technical/atr.ts";
import { bollingerDefinition } from "./technical/bollinger.ts";
import { macdDefinition } from "./technical/macd.ts";
import { emaDefinition, smaDefinition } from "./technical/moving-average.ts";
import { returnsDefinition, volatilityDefinition } from "./technical/returns.ts";
import { rsiDefinition } from "./technical/rsi.ts";

/** Every definition that comes with tickbook. */
export const FEATURE_CATALOG: readonly FeatureDefinition[] = [
  atrDefinition,
  bollingerDefinition,
  emaDefinition,
  macdDefinition,
  returnsDefinition,
  rsiDefinition,
  smaDefinition,
  volatilityDefinition,
];
