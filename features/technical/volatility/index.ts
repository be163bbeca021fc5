export { atr } from "./atr.ts";
