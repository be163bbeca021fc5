// States of the views with invented figures that agree with each other. Only the harness shows them.
import type {
  Job,
  LiveStrategy,
  LiveView,
  Parameter,
  Promoted,
  PromoteReview,
  Run,
} from "../src/comm/protocol.ts";

export const NOW = Date.UTC(2026, 2, 10, 14, 32, 8);

function walk(from: number, to: number, seed: number): [number, number][] {
  let state = seed;
  const points: [number, number][] = [];
  for (let index = 0; index <= 60; index++) {
    state = (state * 1103515245 + 12345) % 2147483648;
    const noise = (state / 2147483648 - 0.5) * Math.abs(to - from || 4) * 0.25;
    points.push([
      NOW - (60 - index) * 600_000,
      from + ((to - from) * index) / 60 + (index === 60 ? 0 : noise),
    ]);
  }
  return points;
}

const base: LiveStrategy = {
  account: "binance-main",
  stage: "live",
  isConnected: true,
  seenAt: NOW,
  strategy: "trend",
  bundle: "6b1f09c2a77e41d093b8",
  currency: "USDT",
  state: "trading",
  venueTime: "2026-03-10T14:32:08Z",
  equity: 48_133.8,
  capital: 48_000,
  todayProfit: 61.44,
  exposure: 0.248,
  drawdown: -0.0031,
  limits: { maxPosition: 0.4, maxDrawdown: 0.02 },
  curve: walk(48_072, 48_133.8, 7),
  latencyMs: { p50: 0.62, p99: 2.1 },
  positions: [{ symbol: "BTC/USDT", quantity: "0.1788", entry: 66_609, mark: 66_766.5, profit: 28.16 }],
  orders: [
    {
      id: "tb-7f3a-0192",
      symbol: "BTC/USDT",
      side: "buy",
      type: "limit",
      purpose: "target",
      state: "unknown",
      quantity: 0.021,
      filled: 0,
      price: 66_767,
    },
    {
      id: "tb-7f3a-0190",
      symbol: "BTC/USDT",
      side: "sell",
      type: "stop",
      purpose: "stop",
      state: "open",
      quantity: 0.1788,
      filled: 0,
      price: 64_900,
    },
  ],
  events: [
    { time: NOW - 4_000, kind: "unknown", text: "buy 0.0210 BTC", detail: "no answer after 2.0 s" },
    {
      time: NOW - 16_000,
      kind: "refused",
      text: "buy 0.4000 BTC",
      detail: "risk.notional-exceeded: 26,707 of 25,000 USDT",
    },
    {
      time: NOW - 128_000,
      kind: "reconciled",
      text: "with Binance, 0 differences",
      detail: "2 positions, 4 orders",
    },
  ],
};

const pairs: LiveStrategy = {
  ...base,
  account: "binance-pairs",
  strategy: "pairs",
  equity: 12_400,
  todayProfit: -138.07,
  exposure: -0.182,
  drawdown: -0.0171,
  curve: walk(12_538, 12_400, 11),
  positions: [
    { symbol: "ETH/USDT", quantity: "-2.5040", entry: 3_475.1, mark: 3_498.6, profit: -58.84, isStale: true },
  ],
  orders: [
    {
      id: "tb-91",
      symbol: "ETH/USDT",
      side: "buy",
      type: "limit",
      purpose: "target",
      state: "open",
      quantity: 0.3,
      filled: 0.13,
      price: 3_497,
    },
    {
      id: "tb-92",
      symbol: "ETH/USDT",
      side: "buy",
      type: "limit",
      purpose: "target",
      state: "submitting",
      quantity: 0.31,
      filled: 0,
      price: 3_471.5,
    },
  ],
  events: [
    {
      time: NOW - 44_000,
      kind: "filled",
      text: "buy 0.1300 ETH at 3,497.00",
      detail: "0.1700 of 0.3000 left, fee 0.45 USDT",
    },
  ],
};

const flat: LiveStrategy = {
  ...base,
  account: "paper-1",
  stage: "paper",
  strategy: "trend-eth",
  state: "waiting for the next bar",
  equity: 100_000,
  todayProfit: 0,
  exposure: 0,
  drawdown: 0,
  curve: [],
  positions: [],
  orders: [],
  events: [{ time: NOW - 600_000, kind: "started", text: "with 100,000.00 USDT" }],
};

const stopped: LiveStrategy = {
  ...flat,
  account: "testnet-1",
  stage: "testnet",
  strategy: "carry",
  state: "strategy stopped",
  todayProfit: -4.12,
  exposure: 0.06,
  drawdown: -0.0008,
  equity: 5_000,
  curve: walk(5_004, 4_996, 5),
  failure: {
    code: "live.decision-late",
    message: "No answer within 250 ms, 3 times, at 14:02:11. Its 2 orders are cancelled; the position stays.",
    cell: 9,
    line: 12,
  },
  positions: [{ symbol: "SOL/USDT", quantity: "2.1", entry: 141, mark: 139.04, profit: -4.12 }],
};

export const liveView: LiveView = { at: NOW, strategies: [base, pairs, flat, stopped] };
export const lostView: LiveView = {
  at: NOW,
  strategies: [base, pairs].map((strategy) => ({ ...strategy, isConnected: false })),
};
export const haltedView: LiveView = {
  at: NOW,
  strategies: [
    { ...base, state: "halted" },
    { ...flat, state: "ended" },
  ],
};

export const review: PromoteReview = {
  run: "41ce09aa",
  refusals: [],
  warnings: [
    {
      text: "The Sharpe ratio falls 45 % out of sample,",
      detail: "from 1.48 to 0.81.",
      cellId: "c12",
      cell: 12,
    },
    {
      text: "The backtest pays 7.5 bps, the account 10 bps.",
      detail: "At 10 bps the out-of-sample Sharpe is 0.69.",
      cellId: "c12",
      cell: 12,
      line: 3,
    },
  ],
  strategy: {
    name: "trend",
    instruments: ["BTC/USDT", "ETH/USDT"],
    timeframe: "1h",
    handlers: ["onBar"],
    state: ["barsHeld"],
    warmupBars: 214,
    params: { enter: 0.58, exit: 0.44, weight: 0.25, stopAtr: 2.5 },
  },
  frozen: [
    {
      binding: "enter",
      kind: "value",
      cell: 11,
      cellId: "c11",
      goesLive: "0.58",
      goesLiveHash: "aa",
      openSession: "0.58",
      differs: false,
    },
    {
      binding: "exit",
      kind: "value",
      cell: 11,
      cellId: "c11",
      goesLive: "0.44",
      goesLiveHash: "ab",
      openSession: "0.41",
      differs: true,
    },
    {
      binding: "up",
      kind: "model",
      cell: 9,
      cellId: "c9",
      goesLive: "9c1e84aa",
      goesLiveHash: "9c1e84aa",
      openSession: "77d02f13",
      differs: true,
    },
    {
      binding: "risk",
      kind: "value",
      cell: 11,
      cellId: "c11",
      goesLive: "0.25",
      goesLiveHash: "ad",
      openSession: null,
      differs: false,
    },
  ],
  models: [
    {
      name: "up",
      inputs: ["rsi", "hist", "vol"],
      hash: "9c1e84aa7e41",
      parity: { maxAbsError: 1.8e-7, tolerance: 1e-5, rows: 64 },
    },
  ],
  evidence: {
    columns: [
      { label: "Tuned", detail: "2023" },
      { label: "Out of sample", detail: "2024–2025", isOutOfSample: true },
      { label: "Index" },
    ],
    rows: [
      { label: "Sharpe", values: ["1.48", "0.81", "0.93"] },
      { label: "Return a year", values: ["+21.4 %", "+9.7 %", "+38.2 %"] },
      { label: "Largest drawdown", values: ["−12.3 %", "−14.8 %", "−31.5 %"] },
      { label: "Trades", values: ["206", "388", "–"] },
    ],
    note: "600 trials, deflated Sharpe 0.93.",
  },
  limits: [
    { name: "Notional, USDT", asked: "40,000", operator: "25,000", inForce: "25,000", setBy: "operator" },
    { name: "Orders a minute", asked: "6", operator: "10", inForce: "6", setBy: "bundle" },
    { name: "Daily loss", asked: "3 %", operator: "2 %", inForce: "2 %", setBy: "operator" },
  ],
  stages: [
    { stage: "paper", accounts: [{ name: "paper-1", replaces: { strategy: "trend", bundle: "4be1d07a" } }] },
    { stage: "testnet", accounts: [] },
    { stage: "live", accounts: [{ name: "binance-main" }] },
  ],
  currency: "USDT",
  capital: 10_000,
  fingerprint: "SHA256:Qm3kT1xy9fA",
  report: "trend.report.html",
};

export const refused: PromoteReview = {
  run: "41ce09aa",
  warnings: [],
  refusals: [
    {
      code: "exports.outer-write",
      message: "The handler writes to `lastSignal`, which lives outside it",
      remedy:
        "A restart would lose it, and two instruments would share it. Declare it as state: `state: { lastSignal: 0 }`, and write `ctx.state.lastSignal`.",
      cellId: "c9",
      cell: 9,
      line: 4,
      column: 5,
      sourceLine: '    lastSignal = ctx.predict("up");',
    },
    {
      code: "exports.impure-call",
      message: "`Date.now()` can't go live: replay would see another time",
      remedy: "Use `ctx.now`.",
      cellId: "c6",
      cell: 6,
      line: 2,
      column: 11,
      sourceLine: "const t = Date.now();",
    },
  ],
};

export const promoted: Promoted = {
  bundle: "6b1f09c2a77e41d093b80011223344556677889900aabbccddeeff001122d41c",
  path: ".tickbook/bundles/trend-6b1f09c2.tbb",
  bytes: 41_800,
  models: 1,
  fingerprint: "SHA256:Qm3kT1xy9fA",
  strategy: "trend",
  account: "paper-1",
  stage: "paper",
  capital: 10_000,
  warmupBars: 214,
  replaced: "4be1d07a99",
  status: { ...flat, strategy: "trend" },
};

export const parameters: Parameter[] = [
  { name: "symbol", type: "string", kind: "string", default: "BTC/USDT", cellId: "c2" },
  {
    name: "timeframe",
    type: '"1h" | "4h" | "1d"',
    kind: "choice",
    default: "1d",
    choices: ["1h", "4h", "1d"],
  },
  { name: "from", type: "Date", kind: "date", default: "2019-01-01" },
  { name: "trials", type: "number", kind: "number", default: 200 },
  { name: "fees", type: "number", kind: "number", default: 7.5 },
  { name: "walkForward", type: "boolean", kind: "boolean", default: true },
];

const HOUR = 3_600_000;

export const jobs: Job[] = [
  {
    id: "j1",
    notebook: "notebooks/trend.ipynb",
    parameters: { timeframe: "1h", fees: 10 },
    cron: "30 16 * * 1-5",
    zone: "America/New_York",
    text: "At 16:30, Monday to Friday, New York time",
    isPaused: false,
    nextAt: NOW + 6 * HOUR,
    last: [
      "done",
      "done",
      "done",
      "done",
      "done",
      "done",
      "skipped",
      "failed",
      "timed-out",
      "done",
      "done",
      "running",
    ],
    running: { run: "r148", startedAt: NOW - 114_000 },
    failedInARow: 0,
    keep: 20,
    runs: 148,
  },
  {
    id: "j2",
    notebook: "notebooks/retrain.ipynb",
    parameters: { epochs: 40 },
    cron: "30 2 * * 0",
    zone: "Europe/London",
    text: "Sundays at 02:30, London time",
    isPaused: false,
    nextAt: NOW + 100 * HOUR,
    last: ["done", "done", "timed-out", "done", "failed", "failed", "failed"],
    failedInARow: 3,
    keep: 20,
    runs: 7,
  },
  {
    id: "j3",
    notebook: "notebooks/costs.ipynb",
    parameters: {},
    cron: "0 6 1 * *",
    zone: "Europe/Berlin",
    text: "First of the month at 06:00, Berlin time",
    isPaused: true,
    nextAt: null,
    last: ["done", "skipped", "cancelled", "dead", "done"],
    failedInARow: 0,
    keep: 20,
    runs: 5,
  },
];

const run = { job: "j1", attempt: 1, attempts: 2 };
export const runs: Run[] = [
  {
    ...run,
    id: "r148",
    number: 148,
    status: "running",
    startedAt: NOW - 114_000,
    endedAt: null,
    progress: { cell: 9, cells: 14 },
  },
  {
    ...run,
    id: "r147",
    number: 147,
    status: "done",
    startedAt: NOW - 24 * HOUR,
    endedAt: NOW - 24 * HOUR + 298_000,
    output: "out/trend-147.ipynb",
    report: "out/trend-147.html",
    bundle: "6b1f09c2a77e",
  },
  {
    ...run,
    id: "r145",
    number: 145,
    status: "timed-out",
    startedAt: NOW - 72 * HOUR,
    endedAt: NOW - 72 * HOUR + 1_800_000,
    attempt: 2,
    output: "out/trend-145.ipynb",
    note: "to cell 10",
  },
  {
    ...run,
    id: "r144",
    number: 144,
    status: "failed",
    startedAt: NOW - 96 * HOUR,
    endedAt: NOW - 96 * HOUR + 38_000,
    attempt: 2,
    output: "out/trend-144.ipynb",
    error: {
      code: "data.gap-too-long",
      name: "DataError",
      message: "a gap of 9 h",
      cell: 3,
      cellId: "c3",
      line: 2,
    },
  },
  {
    ...run,
    id: "r143",
    number: 143,
    status: "skipped",
    startedAt: null,
    endedAt: null,
    attempt: 0,
    note: "142 was still running",
  },
];
