import type { FeatureDefinition, ParamValues } from "../define.ts";
import { restoreState, type StateSnapshot, snapshotFromState } from "./snapshot.ts";

/** A definition at work, one bar at a time. */
export interface DefinitionStream {
  /**
   * Takes one bar. An input that is not finite gives NaN outputs and leaves the state as it was.
   * @param x one value an input. @param out receives one value an output.
   */
  push(x: Float64Array, out: Float64Array): void;
  snapshot(): StateSnapshot;
  /** Errors: `features.bad-snapshot`. */
  restore(snapshot: StateSnapshot): void;
}

export function streamDefinition(definition: FeatureDefinition, params: ParamValues): DefinitionStream {
  let state = definition.init(params);
  return {
    push(x, out) {
      for (let i = 0; i < x.length; i++) {
        // x - x is NaN for NaN and the infinities, else 0.
        if (x[i]! - x[i]! !== 0) {
          out.fill(Number.NaN);
          return;
        }
      }
      definition.step(state, params, x, out);
    },
    snapshot: () => snapshotFromState(state),
    restore(snapshot) {
      const fresh = definition.init(params);
      restoreState(fresh, snapshot, definition.id);
      state = fresh;
    },
  };
}
