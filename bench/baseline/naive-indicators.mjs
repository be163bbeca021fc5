// Eight indicators as they stand in many notebooks: one plain loop each, every window summed and searched anew.
const column = (length) => new Float64Array(length).fill(Number.NaN);

export function sma(x, n) {
  const out = column(x.length);
  for (let i = n - 1; i < x.length; i++) {
    let sum = 0;
    for (let k = i - n + 1; k <= i; k++) sum += x[k];
    out[i] = sum / n;
  }
  return out;
}

/** From the plain mean of the first n finite values. */
export function ema(x, n, k = 2 / (n + 1)) {
  const out = column(x.length);
  let [seen, value] = [0, 0];
  for (let i = 0; i < x.length; i++) {
    if (Number.isNaN(x[i])) continue;
    seen++;
    value = seen <= n ? value + x[i] / n : value + k * (x[i] - value);
    if (seen >= n) out[i] = value;
  }
  return out;
}

const wilder = (x, n) => ema(x, n, 1 / n);

export function rsi(x, n) {
  const change = x.map((value, i) => (i === 0 ? Number.NaN : value - x[i - 1]));
  const rise = wilder(
    change.map((one) => Math.max(one, 0)),
    n,
  );
  const fall = wilder(
    change.map((one) => Math.max(-one, 0)),
    n,
  );
  return rise.map((up, i) => (100 * up) / (up + fall[i]));
}

export function macd(x, fast, slow, signal) {
  const slowAverage = ema(x, slow);
  const line = ema(x, fast).map((value, i) => value - slowAverage[i]);
  const average = ema(line, signal);
  return [line, average, line.map((value, i) => value - average[i])];
}

export function bollinger(x, n, deviations) {
  const middle = sma(x, n);
  const deviation = column(x.length);
  for (let i = n - 1; i < x.length; i++) {
    let sum = 0;
    for (let k = i - n + 1; k <= i; k++) sum += (x[k] - middle[i]) ** 2;
    deviation[i] = Math.sqrt(sum / n);
  }
  const band = (sign) => middle.map((value, i) => value + sign * deviations * deviation[i]);
  return [band(1), middle, band(-1)];
}

function trueRange({ high, low, close }) {
  return high.map((top, i) =>
    i === 0 ? Number.NaN : Math.max(top, close[i - 1]) - Math.min(low[i], close[i - 1]),
  );
}

export function atr(bars, n) {
  return wilder(trueRange(bars), n);
}

export function adx({ high, low, close }, n) {
  const up = high.map((value, i) => (i === 0 ? Number.NaN : value - high[i - 1]));
  const down = low.map((value, i) => (i === 0 ? Number.NaN : low[i - 1] - value));
  const pick = (one, other) => one.map((value, i) => (value > other[i] && value > 0 ? value : 0));
  const range = wilder(trueRange({ high, low, close }), n);
  const side = (moves) => wilder(moves, n).map((value, i) => (100 * value) / range[i]);
  const [plus, minus] = [side(pick(up, down)), side(pick(down, up))];
  return wilder(
    plus.map((value, i) => (100 * Math.abs(value - minus[i])) / (value + minus[i])),
    n,
  );
}

export function stoch({ high, low, close }, fastK, slowK, slowD) {
  const { length } = close;
  const raw = new Float64Array(length);
  for (let i = fastK - 1; i < length; i++) {
    let [top, bottom] = [high[i], low[i]];
    for (let k = i - fastK + 1; k < i; k++) {
      top = Math.max(top, high[k]);
      bottom = Math.min(bottom, low[k]);
    }
    raw[i] = (100 * (close[i] - bottom)) / (top - bottom);
  }
  const k = sma(raw, slowK);
  return [k, sma(k, slowD)];
}

/** All of them, as the bench asks for them. */
export function allEight(bars) {
  const { close } = bars;
  return [
    sma(close, 20),
    ema(close, 20),
    rsi(close, 14),
    ...macd(close, 12, 26, 9),
    ...bollinger(close, 20, 2),
    atr(bars, 14),
    adx(bars, 14),
    ...stoch(bars, 14, 3, 3),
  ];
}
