import { CASES } from "./cases.ts";
import { isRecurrent, testLayer } from "./test-layer.ts";

for (const name of Object.keys(CASES)) if (isRecurrent(name)) testLayer(name);
