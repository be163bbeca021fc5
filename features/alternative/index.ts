export {
  type DatedOptions,
  fearGreed,
  fundingRate,
  hashRate,
  openInterest,
  sentiment,
  seriesValue,
  vix,
} from "./dated.ts";
export { lagged } from "./lagged.ts";
export { seriesChange, seriesZscore } from "./own-clock.ts";
