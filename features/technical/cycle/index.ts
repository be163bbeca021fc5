/** Ehlers' cycles, by the Hilbert transform. */
export { htDcPhase, htSine, htTrendline, htTrendMode } from "./cycle-phase.ts";
export { htDcPeriod, htPhasor } from "./dominant-cycle.ts";
export { mama } from "./mama.ts";
