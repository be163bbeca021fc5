/** Pre-processing that travels with the model: fitted on the train range, part of the feature set from then on. */
export { type FitRange, fit } from "./fit.ts";
export { type Fitted, type FittedColumn, type Scaling, scaling } from "./fitted.ts";
export { apply, features } from "./prepared.ts";
export {
  carry,
  clip,
  fill,
  log,
  minMax,
  type Op,
  oneHot,
  ordinal,
  robust,
  type Step,
  signLog,
  standard,
  winsorise,
} from "./steps.ts";
