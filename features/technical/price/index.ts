export { avgPrice, medPrice, typPrice, wclPrice } from "./bar-prices.ts";
export { avgDev, priceZscore } from "./distance.ts";
export { heikinAshi } from "./heikin-ashi.ts";
