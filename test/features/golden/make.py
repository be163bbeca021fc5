"""Writes walk.json and flat.json beside this file. Needs TA-Lib and numpy from PyPI; see README.md."""

import json
import pathlib

import numpy as np
import talib


def bars_from(close, rng):
    spread = np.abs(rng.normal(0, 0.004, (2, len(close)))) * close
    opened = np.concatenate([close[:1], close[:-1]])
    high = np.maximum(opened, close) + spread[0]
    low = np.minimum(opened, close) - spread[1]
    return {"open": opened, "high": high, "low": low, "close": close, "volume": rng.uniform(1, 100, len(close))}


def features_of(bars):
    close, high, low = bars["close"], bars["high"], bars["low"]
    out = {}
    for n in (2, 14):
        out[f"technical.rsi({n})@1"] = talib.RSI(close, n)
    for n in (1, 14):
        out[f"technical.atr({n})@1"] = talib.ATR(high, low, close, n)
    for n in (1, 7, 20):
        out[f"technical.sma({n})@1"] = talib.SMA(close, n) if n > 1 else close
        out[f"technical.ema({n})@1"] = talib.EMA(close, n) if n > 1 else close
    for n in (1, 5):
        out[f"technical.returns({n})@1"] = talib.ROCP(close, n)
    for p in ((12, 26, 9), (3, 5, 1), (5, 34, 5)):
        for name, values in zip(("macd", "signal", "histogram"), talib.MACD(close, *p)):
            out[f"technical.macd({','.join(map(str, p))}).{name}@1"] = values
    for n, k in ((20, 2.0), (5, 1.5)):
        upper, middle, lower = talib.BBANDS(close, n, k, k)
        for name, values in (("upper", upper), ("middle", middle), ("lower", lower)):
            out[f"technical.bollinger({n},{k:g}).{name}@1"] = values
        with np.errstate(invalid="ignore"):
            out[f"technical.bollinger({n},{k:g}).percentB@1"] = (close - lower) / (upper - lower)
    # Not in TA-Lib: the sample deviation of log returns, by numpy.
    logs = np.diff(np.log(close))
    sd = [np.std(logs[i - 20 : i], ddof=1) if i >= 20 else np.nan for i in range(len(close))]
    out["technical.volatility(20)@1"] = np.array(sd)
    return out


def write(name, close, rng):
    bars = bars_from(close, rng)
    plain = lambda values: [None if np.isnan(v) else float(v) for v in values]
    data = {
        "bars": {key: plain(values) for key, values in bars.items()},
        "features": {key: plain(values) for key, values in features_of(bars).items()},
    }
    path = pathlib.Path(__file__).parent / name
    path.write_text(json.dumps(data, separators=(",", ":")) + "\n")


rng = np.random.default_rng(20)
write("walk.json", 100 * np.exp(np.cumsum(rng.normal(0, 0.01, 300))), rng)
# 60 bars that do not move, then a walk with a jump of 10x.
steps = np.concatenate([np.zeros(60), rng.normal(0, 0.01, 90)])
steps[100] = np.log(10)
write("flat.json", 50 * np.exp(np.cumsum(steps)), rng)
