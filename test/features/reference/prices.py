"""What features beside TA-Lib's should give, said a second time with pandas. Needs pandas 3 and numpy from PyPI.

python prices.py     writes prices.json beside this file: bars, and cases of (feature, parameters, columns)
Windows are computed one by one and sums in two passes: slow, and as accurate as doubles are. A column is one text.
"""

import json
import math
import pathlib

import numpy as np
import pandas as pd

HOUR = 3_600_000
rng = np.random.default_rng(11)
N = 170

# Six-hour bars from the middle of a day on, over two ends of a month; some bars missing, some without volume.
start = int(pd.Timestamp("2024-01-26T06:00:00Z").timestamp() * 1000)
time = start + np.arange(N + 12) * 6 * HOUR
time = np.delete(time, [7, 8, 9, 10, 11, 40, 41, 77, 90, 91, 92, 120])
close = 100 * np.exp(np.cumsum(rng.normal(0.001, 0.02, N)))
open_ = np.concatenate([[99.5], close[:-1] * np.exp(rng.normal(0, 0.004, N - 1))])
high = np.maximum(open_, close) * (1 + np.abs(rng.normal(0, 0.006, N)))
low = np.minimum(open_, close) * (1 - np.abs(rng.normal(0, 0.006, N)))
volume = np.round(rng.uniform(0, 40, N), 1)
volume[[0, 1, 30, 31, 60]] = 0
bars = pd.DataFrame(dict(time=time, open=open_, high=high, low=low, close=close, volume=volume))

typical = (bars.high + bars.low + bars.close) / 3
gap = np.log(bars.open / bars.close.shift())
body = np.log(bars.close / bars.open)
up = np.log(bars.high / bars.open)
down = np.log(bars.low / bars.open)
change = np.log(bars.close).diff()
true_range = pd.concat(
    [bars.high - bars.low, (bars.high - bars.close.shift()).abs(), (bars.low - bars.close.shift()).abs()], axis=1
).max(axis=1, skipna=False)


def window(series, n, of):
    """Each full window of n by itself."""
    return series.rolling(n).apply(of, raw=True)


def mean(series, n):
    return window(series, n, lambda w: math.fsum(w) / n)


def variance(series, n, ddof):
    return window(series, n, lambda w: math.fsum((w - math.fsum(w) / n) ** 2) / (n - ddof))


def wilder(series, n):
    """From the mean of the first n."""
    values, out = series.to_numpy(), np.full(len(series), np.nan)
    first = int(np.argmax(~np.isnan(values))) + n - 1
    out[first] = values[first - n + 1 : first + 1].mean()
    for i in range(first + 1, len(values)):
        out[i] = (out[i - 1] * (n - 1) + values[i]) / n
    return pd.Series(out)


def weighted_bands(rows, k):
    """Mean and deviation, weighted by volume, of a group of rows up to each."""
    out = pd.DataFrame(np.nan, index=rows.index, columns=["value", "upper", "lower"])
    for j in range(len(rows)):
        w, p = rows.volume.iloc[: j + 1].to_numpy(), typical[rows.index[: j + 1]].to_numpy()
        if w.sum() == 0:
            continue
        centre = np.average(p, weights=w)
        width = k * math.sqrt(np.average((p - centre) ** 2, weights=w))
        out.iloc[j] = [centre, centre + width, centre - width]
    return out


def session_vwap(session, k, offset):
    moment = pd.to_datetime(bars.time - offset, unit="ms")
    freq = {"day": "D", "week": "W-SUN", "month": "M"}[session]
    key = moment.dt.to_period(freq)
    parts = [weighted_bands(rows, k) for _, rows in bars.groupby(key)]
    out = pd.concat(parts)
    if moment[0] != key[0].start_time:
        out[key == key[0]] = np.nan
    return out


def anchored_vwap(anchor, k):
    out = weighted_bands(bars[bars.time >= anchor], k).reindex(bars.index)
    return out if bars.time[0] <= anchor else out * np.nan


def ichimoku(a, b, c, shift):
    middle = lambda n: (bars.high.rolling(n).max() + bars.low.rolling(n).min()) / 2
    tenkan, kijun, lead_b = middle(a), middle(b), middle(c)
    lead_a = (tenkan + kijun) / 2
    out = pd.DataFrame(dict(tenkan=tenkan, kijun=kijun, spanA=lead_a.shift(shift), spanB=lead_b.shift(shift),
                            leadA=lead_a, leadB=lead_b))
    out[out.isna().any(axis=1)] = np.nan
    return out


def bands(middle, width):
    return pd.DataFrame(dict(upper=middle + width, middle=middle, lower=middle - width))


def exponential(series, n):
    """From the mean of the first n."""
    values = series.to_numpy(copy=True)
    first = int(np.argmax(~np.isnan(values))) + n - 1
    values[first] = values[first - n + 1 : first + 1].mean()
    values[:first] = np.nan
    return pd.Series(values).ewm(alpha=2 / (n + 1), adjust=False).mean()


def keltner(n, m, k, price):
    """Both averages have their first value together."""
    first = max(n - 1, m)
    middle = exponential((bars.close if price == "close" else typical).where(bars.index > first - n), n)
    return bands(middle, k * wilder(true_range.where(bars.index > first - m), m))


def chandelier(n, k):
    width = k * wilder(true_range, n)
    return pd.DataFrame(dict(long=bars.high.rolling(n).max() - width, short=bars.low.rolling(n).min() + width))


def yang_zhang(n, year):
    k = 0.34 / (1.34 + (n + 1) / (n - 1))
    # The first bar has no gap, and so is in none of the three.
    inner = (up * (up - body) + down * (down - body)).where(gap.notna())
    return np.sqrt((variance(gap, n, 1) + k * variance(body.where(gap.notna()), n, 1) + (1 - k) * mean(inner, n)) * year)


def ewma(decay, year):
    return np.sqrt((change**2).ewm(alpha=1 - decay, adjust=False, ignore_na=True).mean() * year)


def chop(n):
    width = bars.high.rolling(n).max() - bars.low.rolling(n).min()
    return 100 * np.log10(window(true_range, n, math.fsum) / width) / math.log10(n)


def position(n):
    low = bars.low.rolling(n).min()
    return (bars.close - low) / (bars.high.rolling(n).max() - low)


def zscore(n, kind):
    return (bars.close - mean(bars.close, n)) / np.sqrt(variance(bars.close, n, 1 if kind == "sample" else 0))


def garman_klass(n, year):
    return np.sqrt(mean(0.5 * (up - down) ** 2 - (2 * math.log(2) - 1) * body**2, n) * year)


ANCHOR = int(bars.time[20]) + HOUR
CASES = [
    ("technical.session-vwap", ["day", 2, 0], session_vwap),
    ("technical.session-vwap", ["day", 1.5, 6 * HOUR], session_vwap),
    ("technical.session-vwap", ["week", 1, -12 * HOUR], session_vwap),
    ("technical.session-vwap", ["month", 3, 0], session_vwap),
    ("technical.anchored-vwap", [ANCHOR, 2], anchored_vwap),
    ("technical.anchored-vwap", [int(bars.time[0]), 1], anchored_vwap),
    ("technical.anchored-vwap", [int(bars.time[0]) - HOUR, 1], anchored_vwap),
    ("technical.ichimoku", [9, 26, 52, 26], ichimoku),
    ("technical.ichimoku", [7, 5, 6, 1], ichimoku),
    ("technical.keltner", [20, 10, 2, "typical"], keltner),
    ("technical.keltner", [6, 14, 1.5, "close"], keltner),
    ("technical.keltner-original", [10, 1], lambda n, k: bands(mean(typical, n), k * mean(bars.high - bars.low, n))),
    ("technical.chandelier", [22, 3], chandelier),
    ("technical.chandelier", [1, 0.5], chandelier),
    ("technical.donchian-position", [20], position),
    ("technical.parkinson", [20, 1], lambda n, year: np.sqrt(mean((up - down) ** 2 / (4 * math.log(2)), n) * year)),
    ("technical.parkinson", [1, 365], lambda n, year: np.sqrt(mean((up - down) ** 2 / (4 * math.log(2)), n) * year)),
    ("technical.garman-klass", [20, 252], garman_klass),
    ("technical.rogers-satchell", [15, 1], lambda n, year: np.sqrt(mean(up * (up - body) + down * (down - body), n) * year)),
    ("technical.yang-zhang", [20, 1], yang_zhang),
    ("technical.yang-zhang", [2, 1460], yang_zhang),
    ("technical.realised-volatility", [20, 1], lambda n, year: np.sqrt(mean(change**2, n) * year)),
    ("technical.realised-volatility", [5, 5], lambda n, _: np.sqrt(window(change**2, n, math.fsum))),
    ("technical.ewma-volatility", [0.94, 1], ewma),
    ("technical.ewma-volatility", [0.5, 365], ewma),
    ("technical.volatility", [20], lambda n: np.sqrt(variance(change, n, 1))),
    ("technical.chop", [14], chop),
    ("technical.price-zscore", [20, "population"], zscore),
    ("technical.price-zscore", [5, "sample"], zscore),
]


def text(column):
    return " ".join("NaN" if math.isnan(value) else repr(value) for value in column.tolist())


def columns(result):
    frame = result.to_frame("value") if isinstance(result, pd.Series) else result
    return {name: text(frame[name]) for name in frame}


if __name__ == "__main__":
    content = {
        "bars": {name: text(bars[name]) for name in bars},
        "cases": [{"feature": name, "params": params, "columns": columns(of(*params))} for name, params, of in CASES],
    }
    path = pathlib.Path(__file__).parent / "prices.json"
    path.write_text(json.dumps(content, indent=2) + "\n")
