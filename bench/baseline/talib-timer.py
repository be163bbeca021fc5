"""Times TA-Lib's functions for the bench. Needs TA-Lib 0.8.2 and numpy from PyPI.

python talib-timer.py <bars>     <bars>: open, high, low, close, volume as float64, one column after the other
Reads one case a line, {"talib": "SMA", "inputs": ["close"], "params": [20], "rounds": 5}; answers with one line each:
{"ns": best nanoseconds of processor time a bar of all rounds}. With "keep": [output indices] it writes those columns to "file"; with
no rounds it says only how many outputs there are.
"""

import json
import sys
import time

import numpy as np
import talib
from talib import abstract

NAMES = ("open", "high", "low", "close", "volume")
columns = dict(zip(NAMES, np.fromfile(sys.argv[1], dtype="<f8").reshape(len(NAMES), -1)))

print(json.dumps({"version": talib.__ta_version__.decode().split(" ")[0]}), flush=True)
for line in sys.stdin:
    case = json.loads(line)
    info = abstract.Function(case["talib"]).info
    if case["rounds"] == 0:
        print(json.dumps({"outputs": len(info["output_names"])}), flush=True)
        continue
    function = getattr(talib, case["talib"])
    inputs = [columns[name] for name in case["inputs"]]
    count = len(info["parameters"])
    best = float("inf")
    for _ in range(case["rounds"]):
        start = time.process_time_ns()
        outputs = function(*inputs, *case["params"][:count])
        best = min(best, time.process_time_ns() - start)
    answer = {"ns": best / len(inputs[0])}
    if "keep" in case:
        np.concatenate([outputs[k] for k in case["keep"]]).tofile(case["file"])
    print(json.dumps(answer), flush=True)
