"""What the rolling statistics should give, said a second time. Needs numpy, pandas and scipy from PyPI.

python statistic.py     writes statistic.json beside this file: bars, and cases of (feature, parameters, columns)
Each window is computed by itself, by the library's own function where it has one. A column is one text.
"""

import itertools
import json
import math
import pathlib

import numpy as np
import pandas as pd
from scipy import stats

N = 260
rng = np.random.default_rng(12)
# A coarse tick makes equal values, a mean that pulls back makes half-lives.
walk = np.zeros(N)
for i in range(1, N):
    walk[i] = 0.93 * walk[i - 1] + rng.normal(0, 0.02)
close = np.round(100 * np.exp(walk) * 4) / 4
high = close + np.abs(rng.normal(0, 1, N))
low = close - np.abs(rng.normal(0, 1, N))
bars = pd.DataFrame(
    dict(
        time=1_704_067_200_000 + 3_600_000 * np.arange(N),
        open=np.concatenate([close[:1], close[:-1]]),
        high=high,
        low=low,
        close=close,
        volume=np.round(rng.uniform(1, 50, N)),
    )
)
x = bars.close
returns = x.pct_change()
logs = np.log(x)
ddof = {"population": 0, "sample": 1}


def windows(values, n, of):
    """One number for each window of n values, NaN where one of them is missing."""
    values = np.asarray(values, dtype=float)
    out = np.full(len(values), np.nan)
    for i in range(n - 1, len(values)):
        window = values[i - n + 1 : i + 1]
        if not np.isnan(window).any():
            out[i] = of(window)
    return pd.Series(out)


def pairs(a, b, n, of):
    return windows(np.arange(len(a)), n, lambda rows: of(a[rows.astype(int)], b[rows.astype(int)]))


def chosen(of):
    pick = (lambda s: s.pct_change()) if of == "returns" else (lambda s: s)
    return pick(bars.high).to_numpy(), pick(bars.low).to_numpy()


def correlation(n, of):
    a, b = chosen(of)
    return pairs(a, b, n, lambda u, v: np.corrcoef(u, v)[0, 1])


def beta(n, of):
    a, b = chosen(of)
    return pairs(a, b, n, lambda u, v: np.nan if np.isnan(u).any() else stats.linregress(u, v).slope)


def covariance(n, of, estimate):
    a, b = chosen(of)
    return pairs(a, b, n, lambda u, v: np.cov(u, v, ddof=ddof[estimate])[0, 1])


def autocorrelation(n, lag, of):
    s = returns if of == "returns" else x
    return pairs(s.shift(lag).to_numpy(), s.to_numpy(), n, lambda u, v: np.corrcoef(u, v)[0, 1])


def zscore(n, estimate):
    return (x - x.rolling(n).mean()) / windows(x, n, lambda w: np.std(w, ddof=ddof[estimate]))


def skewness(n, estimate):
    return windows(x, n, lambda w: stats.skew(w, bias=estimate == "population"))


def kurtosis(n, estimate):
    return windows(x, n, lambda w: stats.kurtosis(w, bias=estimate == "population"))


def entropy(n, bins, of):
    def one(w):
        counts, _ = np.histogram(w, bins)
        return stats.entropy(counts) / math.log(bins)

    return windows(returns if of == "returns" else x, n, one)


def permutation_entropy(n, order, delay):
    kinds = list(itertools.permutations(range(order)))
    codes = np.full(N, np.nan)
    for i in range((order - 1) * delay, N):
        last = x.to_numpy()[i - (order - 1) * delay : i + 1 : delay]
        codes[i] = kinds.index(tuple(np.argsort(last, kind="stable")))
    return windows(codes, n, lambda w: stats.entropy(np.bincount(w.astype(int), minlength=len(kinds))) / math.log(len(kinds)))


def frac_diff(d, threshold, longest):
    weights = [1.0]
    while len(weights) < longest:
        k = len(weights)
        weight = -weights[-1] * (d - k + 1) / k
        if abs(weight) < threshold:
            break
        weights.append(weight)
    return windows(x, len(weights), lambda w: math.fsum(weights * w[::-1]))


def half_life(n):
    def one(a, b):
        if np.isnan(a).any():
            return np.nan
        slope = stats.linregress(a, b).slope
        return -math.log(2) / math.log(slope) if 0 < slope < 1 else np.nan

    return pairs(x.shift().to_numpy(), x.to_numpy(), n, one)


def variance_ratio(n, q):
    def ratio(w):
        mu = (w[-1] - w[0]) / n
        short = np.sum((np.diff(w) - mu) ** 2) / (n - 1)
        m = q * (n - q + 1) * (1 - q / n)
        return np.sum((w[q:] - w[:-q] - q * mu) ** 2) / m / short

    value = windows(logs, n + 1, ratio)
    return pd.DataFrame(dict(ratio=value, z=(value - 1) / math.sqrt(2 * (2 * q - 1) * (q - 1) / (3 * q * n))))


def hurst(n, longest):
    lags = [2**k for k in range(20) if 2**k <= longest]
    return windows(
        logs, n, lambda w: np.polyfit(np.log(lags), [np.log(np.std(w[k:] - w[:-k])) for k in lags], 1)[0]
    )


CASES = [
    ("statistic.zscore", [20, "population"], zscore),
    ("statistic.zscore", [7, "sample"], zscore),
    ("statistic.stddev", [9, 2, "sample"], lambda n, k, _: k * x.rolling(n).std()),
    ("statistic.variance", [9, 1, "sample"], lambda n, *_: windows(x, n, lambda w: np.var(w, ddof=1))),
    ("statistic.rank", [12], lambda n: x.rolling(n).rank(pct=True)),
    ("statistic.rank", [101], lambda n: x.rolling(n).rank(pct=True)),
    ("statistic.median", [8], lambda n: windows(x, n, np.median)),
    ("statistic.median", [151], lambda n: windows(x, n, np.median)),
    ("statistic.quantile", [20, 0.1], lambda n, q: windows(x, n, lambda w: np.quantile(w, q))),
    ("statistic.quantile", [130, 0.77], lambda n, q: windows(x, n, lambda w: np.quantile(w, q))),
    ("statistic.mad", [10, 1], lambda n, k: windows(x, n, lambda w: stats.median_abs_deviation(w, scale=1 / k))),
    ("statistic.mad", [33, 1.4826], lambda n, k: windows(x, n, lambda w: stats.median_abs_deviation(w, scale=1 / k))),
    ("statistic.skewness", [30, "population"], skewness),
    ("statistic.skewness", [9, "sample"], skewness),
    ("statistic.kurtosis", [30, "population"], kurtosis),
    ("statistic.kurtosis", [9, "sample"], kurtosis),
    ("statistic.correlation", [20, "values"], correlation),
    ("statistic.correlation", [20, "returns"], correlation),
    ("statistic.beta", [20, "returns"], beta),
    ("statistic.beta", [15, "values"], beta),
    ("statistic.covariance", [20, "values", "population"], covariance),
    ("statistic.covariance", [11, "returns", "sample"], covariance),
    ("statistic.autocorrelation", [30, 1, "returns"], autocorrelation),
    ("statistic.autocorrelation", [25, 5, "values"], autocorrelation),
    ("statistic.entropy", [50, 8, "returns"], entropy),
    ("statistic.permutation-entropy", [60, 3, 1], permutation_entropy),
    ("statistic.permutation-entropy", [80, 4, 2], permutation_entropy),
    ("statistic.frac-diff", [0.4, 1e-2, 1000], frac_diff),
    ("statistic.frac-diff", [0.7, 1e-4, 50], frac_diff),
    ("statistic.frac-diff", [1, 1e-4, 1000], frac_diff),
    ("statistic.half-life", [60], half_life),
    ("statistic.variance-ratio", [60, 4], variance_ratio),
    ("statistic.variance-ratio", [40, 10], variance_ratio),
    ("statistic.hurst", [100, 16], hurst),
    ("statistic.r-squared", [20], lambda n: windows(x, n, lambda w: np.corrcoef(np.arange(n), w)[0, 1] ** 2)),
    ("statistic.drawdown", [40], lambda n: x / x.rolling(n).max() - 1),
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
    path = pathlib.Path(__file__).parent / "statistic.json"
    path.write_text(json.dumps(content, indent=2) + "\n")
