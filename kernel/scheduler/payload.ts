import type { JsonData } from "#jobs";
import type { RunPayload } from "./attempt/execute-attempt.ts";
import { runFolder } from "./state/open-state.ts";
import type { JobRow, RunRow } from "./state/types.ts";

/** A run as workers get it. */
export function payloadOf({ spec }: JobRow, run: RunRow, home: string): JsonData {
  const { notebook, parameters, raw = [], timeoutSeconds, memoryMb } = spec;
  const folder = runFolder(home, run.id);
  const payload: RunPayload = { notebook, parameters, raw, home, timeoutSeconds, memoryMb, folder };
  return payload as unknown as JsonData;
}
