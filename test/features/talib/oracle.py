"""What TA-Lib computes, for the tests. Needs TA-Lib 0.8.2 (C library 0.8.1) and numpy from PyPI; see README.md.

python oracle.py golden           writes golden.bin.gz beside this file: short series, for every machine
python oracle.py long <out.gz>    writes the same for one series of 10,000 bars
The file: one line of JSON (datasets and cases with their offsets in numbers), then float64, little endian.
"""

import gzip
import json
import pathlib
import sys

import numpy as np
import talib
from talib import abstract

COLUMNS = ("open", "high", "low", "close", "volume")


def bars_from(close, rng, spread=0.004, tick=None):
    width = np.abs(rng.normal(0, spread, (2, len(close)))) * close
    opened = np.concatenate([close[:1], close[:-1] * np.exp(rng.normal(0, spread / 2, len(close) - 1))])
    if tick:
        opened, close = np.round(opened / tick) * tick, np.round(close / tick) * tick
    high = np.maximum(opened, close) + width[0]
    low = np.minimum(opened, close) - width[1]
    if tick:
        high, low = np.ceil(high / tick - 0.7) * tick, np.floor(low / tick + 0.7) * tick
        high, low = np.maximum(high, np.maximum(opened, close)), np.minimum(low, np.minimum(opened, close))
    volume = np.round(rng.uniform(1, 60, len(close)))
    return dict(zip(COLUMNS, (opened, high, low, close, volume)))


def walk(n, rng, deviation=0.01, start=100.0):
    return start * np.exp(np.cumsum(rng.normal(0, deviation, n)))


def short_datasets():
    rng = np.random.default_rng(20)
    steps = np.concatenate([np.zeros(40), rng.normal(0, 0.01, 130)])
    steps[120] = np.log(10)
    # A coarse tick makes equal prices, bodies without length and gaps: what candle patterns are made of.
    return {
        "walk": bars_from(walk(260, rng), rng),
        "jumps": bars_from(50 * np.exp(np.cumsum(steps)), rng),
        "candles": bars_from(walk(4000, rng, 0.006), rng, 0.005, 0.5),
        "unit": dict(zip(COLUMNS, rng.normal(0, 1, (5, 120)))),
    }


def long_datasets():
    rng = np.random.default_rng(21)
    return {
        "long": bars_from(walk(10_000, rng, 0.004, 20_000.0), rng, 0.003),
        "unit": dict(zip(COLUMNS, rng.normal(0, 1, (5, 10_000)))),
    }


def variants(function):
    """Default parameters, then others: shorter periods, wider factors, another average."""
    defaults = function.info["parameters"]
    yield list(defaults.values())
    if defaults:
        yield [other(name, value) for name, value in defaults.items()]


def other(name, value):
    if name.endswith("matype"):
        return 1
    if name in ("fastlimit", "slowlimit", "vfactor", "accelerationlong", "accelerationshort"):
        return value * 0.5
    return max(2, int(value * 0.4) + 2) if isinstance(value, int) else value * 1.5 + (value == 0) * 0.02


def inputs_of(function, bars):
    """Prices in the order in which TA-Lib takes them; periods (MAVP) are the volume."""
    names = []
    for given in function.input_names.values():
        names.extend([given] if isinstance(given, str) else given)
    return ["volume" if name == "periods" else name for name in names]


def write(path, datasets, pick):
    values, header = [], {"talib": talib.__ta_version__.decode(), "datasets": {}, "cases": []}
    size = 0

    def put(array):
        nonlocal size
        values.append(np.asarray(array, dtype="<f8"))
        size += len(array)
        return size - len(array)

    for name, bars in datasets.items():
        header["datasets"][name] = {"rows": len(bars["close"]), "at": [put(bars[column]) for column in COLUMNS]}
    for function_name in sorted(talib.get_functions()):
        function = abstract.Function(function_name)
        raw = getattr(talib, function_name)
        for name, bars in datasets.items():
            for k, params in enumerate(variants(function)):
                if not pick(function_name, name, k):
                    continue
                inputs = inputs_of(function, bars)
                outputs = raw(*(bars[column] for column in inputs), *params)
                if not isinstance(outputs, tuple):
                    outputs = (outputs,)
                case = {"talib": function_name, "dataset": name, "inputs": inputs, "params": params,
                        "outputs": [put(one) for one in outputs]}
                header["cases"].append(case)
    payload = json.dumps(header, separators=(",", ":")).encode() + b"\n" + np.concatenate(values).tobytes()
    with open(path, "wb") as raw_file, gzip.GzipFile(filename="", mode="wb", fileobj=raw_file, mtime=0) as out:
        out.write(payload)


# Judged on a series of mean 0 and deviation 1: where TA-Lib's own sums lose digits on prices, or prices have no value.
UNIT = set("STDDEV VAR BBANDS CORREL BETA LINEARREG LINEARREG_ANGLE LINEARREG_INTERCEPT LINEARREG_SLOPE TSF".split())
UNIT |= set("ACOS ASIN ATAN CEIL COS COSH EXP FLOOR LN LOG10 SIN SINH SQRT TAN TANH".split())


def pick_short(function, dataset, variant):
    if function.startswith("CDL"):
        return dataset == "candles"
    if dataset == "unit":
        return variant == 0 and function in UNIT
    return dataset == "walk" or (dataset == "jumps" and variant == 0)


if sys.argv[1] == "golden":
    write(pathlib.Path(__file__).parent / "golden.bin.gz", short_datasets(), pick_short)
else:
    write(sys.argv[2], long_datasets(), lambda function, dataset, _: dataset == "long" or function in UNIT)
