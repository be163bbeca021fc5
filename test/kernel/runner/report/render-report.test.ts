import { createHash } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import type { BacktestResult } from "#backtest";
import { formatNotebook } from "#notebook";
import type { CellError, RunFact } from "#session";
import type { StudyFact } from "../../../../kernel/runner/report/facts.ts";
import { renderReport } from "../../../../kernel/runner/report/index.ts";
import { allFacts, runWith } from "./real-run.ts";

const SECTIONS = [
  "Result",
  "Equity",
  "Monthly returns",
  "Trades",
  "Parameter study",
  "Costs",
  "Refused signals and orders",
  "Training",
  "Model parity",
  "Data quality",
  "Cells",
  "Provenance",
];

let facts: RunFact[];
let page: string;

beforeAll(async () => {
  facts = await allFacts();
  page = await renderReport({ run: runWith(facts) });
});

/** The page without the scripts' text. */
function markup(text: string): string {
  return text.replaceAll(/<script[^>]*>[\s\S]*?<\/script>/g, "<script></script>");
}

function headings(text: string): string[] {
  return [...markup(text).matchAll(/<h2>([^<]*?)\s*(?=<)/g)].map(([, title]) => title!);
}

/** The figures that the page's script draws. */
function figures(
  text: string,
): { data: { x?: unknown[]; name?: string }[]; layout: { annotations?: { text: string }[] } }[] {
  const [, json] =
    /<script type="application\/json" id="charts">([\s\S]*?)<\/script>/.exec(text) ??
    expect.fail("no charts");
  return JSON.parse(json!);
}

/** The cells of the table row with this heading. */
function row(text: string, name: string): string[] {
  const [, cells] =
    new RegExp(`<th scope="row">${name}(?: <span[^>]*>[^<]*</span>)?</th>(.*?)</tr>`).exec(text) ??
    expect.fail(`no row ${name}`);
  return [...cells!.matchAll(/<td[^>]*>(.*?)<\/td>/g)].map(([, cell]) => cell!.replaceAll(/<[^>]*>/g, ""));
}

describe("a run with every kind of fact", () => {
  test("has every section, in order", () => {
    expect(headings(page)).toEqual(SECTIONS);
  });

  test("shows the spans by their start, the last backtest as out of sample, with the numbers of the facts", () => {
    const [trained, tuned, , last] = facts.slice(-4).map(({ value }) => value as BacktestResult);
    const shown = [trained, tuned, last]
      .map((each) => each!.performance.sharpe)
      .concat(last!.benchmarkPerformance.sharpe);
    expect(row(page, "Sharpe ratio")).toEqual(shown.map((value) => value.toFixed(2).replace("-", "−")));
    const [head] = /<thead>.*?<\/thead>/s.exec(page) ?? [];
    const names = [...(head ?? "").matchAll(/scope="col">([^<]*)<br>([^<]*)/g)].map(
      ([, name, span]) => `${name} ${span}`,
    );
    expect(names).toEqual([
      "Trained 2010–2014",
      "Tuned 2015–2017",
      "Out of sample 2018–2020",
      "BTC/USDT held 2018–2020",
    ]);
  });

  test("draws equity, loss and parity, each with a text alternative", () => {
    const charts = [...page.matchAll(/data-chart="(\d)" role="img" aria-label="([^"]+)"/g)];
    expect(charts.map(([, index]) => index)).toEqual(["0", "1", "2"]);
    expect(figures(page)).toHaveLength(3);
    expect(charts[0]![2]).toMatch(/^Equity of cross, 2010–2020: 1 became \d\.\d\d/);
  });

  test("frames the used parameters in the grid and tells what lies around them", () => {
    expect(page.match(/class="(?:up|down) used"/g)).toHaveLength(1);
    expect(page).toMatch(/\(framed\), Sharpe 0\.\d\d\. Its \d neighbours have a median of/);
  });

  test("names the hash of the executed notebook as it is written", () => {
    const written = createHash("sha256")
      .update(formatNotebook(runWith(facts).document))
      .digest("hex");
    expect(page).toContain(`data-copy="${written}"`);
    expect(page).toContain(`<code>${written.slice(0, 8)}<span>`);
  });

  test("counts different trials, and says that five trades are few", () => {
    expect(page).toMatch(/Different trials behind these parameters<\/dt><dd>81</);
    expect(page).toMatch(/Deflated Sharpe .*?<dd class="strong">0\.\d\d</);
    expect(page).toMatch(/out-of-sample trades are few/);
  });
});

describe("the file", () => {
  test("holds Plotly once, and loads nothing", () => {
    expect(page.match(/plotly\.js v3\.\d+\.\d+/g)).toHaveLength(1);
    const loads = [...markup(page).matchAll(/\s(?:src|href|action|srcset|poster|data)\s*=\s*"([^"]*)"/g)].map(
      ([, url]) => url!,
    );
    expect(loads.filter((url) => !url.startsWith("#"))).toEqual([]);
    expect(markup(page)).not.toMatch(/https?:\/\/|url\(|@import/);
  });

  test("lets only its own scripts run, and no request leave", () => {
    const [, policy] = /Content-Security-Policy" content="([^"]*)"/.exec(page) ?? expect.fail("no policy");
    expect(policy).toContain("default-src &#39;none&#39;");
    const scripts = [...page.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(([, script]) => script!);
    expect(scripts).toHaveLength(2);
    for (const script of scripts) {
      const digest = createHash("sha256").update(script).digest("base64");
      expect(policy).toContain(`&#39;sha256-${digest}&#39;`);
    }
  });

  test("is small without charts", async () => {
    const bare = await renderReport({ run: runWith([]) });
    expect(bare.length).toBeLessThan(30_000);
    expect(headings(bare)).toEqual(["Cells", "Provenance"]);
  });
});

describe("a run with some facts", () => {
  test("has only their sections", async () => {
    const backtest = facts.at(-1)!;
    const one = await renderReport({ run: runWith([backtest]) });
    const expected = ["Result", "Equity", "Monthly returns", "Trades", "Costs", "Cells", "Provenance"];
    expect(headings(one).filter((title) => title !== "Refused signals and orders")).toEqual(expected);
    expect(one).not.toContain("Out of sample");
    const studies = facts.filter(({ kind }) => kind === "study" || kind === "data");
    expect(headings(await renderReport({ run: runWith(studies) }))).toEqual([
      "Parameter study",
      "Data quality",
      "Cells",
      "Provenance",
    ]);
  });

  test("calls nothing out of sample that overlaps the span searched on", async () => {
    const tuned = facts.at(-3)!;
    const studies = facts.filter(({ kind }) => kind === "study");
    const text = await renderReport({ run: runWith([...studies, tuned]) });
    expect(text).toContain("it shows nothing out of sample");
    expect(text).not.toMatch(/<th[^>]*>Out of sample/);
  });

  test("judges a search for something else than the Sharpe ratio by what trials without skill would reach", async () => {
    const other = facts.map((fact) =>
      fact.kind === "study"
        ? { ...fact, value: { ...(fact.value as object), objective: "profitOfMany" } }
        : fact,
    );
    const text = await renderReport({ run: runWith(other) });
    expect(text).toContain("trials taken as independent");
    expect(text).toMatch(/Deflated Sharpe .*?<dd class="strong">0\.\d\d</);
    expect(page).not.toContain("trials taken as independent");
  });

  test("leaves out backtests with other parameters than the last one's", async () => {
    const other = { ...(facts.at(-3)!.value as BacktestResult), params: { enter: 0.999, exit: -0.999 } };
    const text = await renderReport({ run: runWith([{ kind: "backtest", value: other }, facts.at(-1)!]) });
    expect(row(text, "Sharpe ratio")).toHaveLength(2);
  });

  test("draws points for a search that is not a grid", async () => {
    const bayesian = facts.find(({ value }) => (value as { method?: string }).method === "bayesian")!;
    const text = await renderReport({ run: runWith([bayesian]) });
    expect(figures(text)).toHaveLength(1);
    expect(text).toContain("(ringed)");
  });

  test("plots the objective over the parameter where there is only one", async () => {
    const { value } = facts.find(({ value }) => (value as { method?: string }).method === "bayesian")!;
    const study = value as StudyFact;
    const { enter } = study.space;
    const only = { ...study, space: { enter } };
    const text = await renderReport({ run: runWith([{ kind: "study", value: only }]) });
    const [figure] = figures(text);
    const complete = study.trials.filter(({ state }) => state === "complete");
    expect(figure!.data[0]).toMatchObject({
      x: complete.map(({ params }) => expect.closeTo(Number(params.enter), 6)),
      y: complete.map((trial) => expect.closeTo(trial.value, 6)),
    });
    expect(figure!.layout).toMatchObject({
      xaxis: { title: { text: "enter" } },
      yaxis: { title: { text: "Sharpe" } },
    });
    expect(text).toContain("over enter; the best");
  });

  test("says on top how many orders the book cut short, and what was refused", async () => {
    const backtest = facts.at(-1)!.value as BacktestResult;
    const orders = backtest.orders.map((order, i) => ({ ...order, state: i < 2 ? "expired" : "filled" }));
    const refusal = { time: backtest.from, strategy: 0, instrument: 0, decision: 1, value: 7, bound: 5 };
    const refusals = [
      { ...refusal, code: "engine.rejected-by-venue", reason: "min-notional" },
      { ...refusal, code: "engine.short-on-cash" },
      { ...refusal, code: "engine.short-on-cash" },
    ];
    const cut = { ...backtest, orders, refusals };
    const text = await renderReport({ run: runWith([{ kind: "backtest", value: cut }]) });
    const result = /<h2>Result.*?<table/s.exec(text)![0].replaceAll(/<(?!a\b)[^>]*>/g, "");
    expect(result).toContain(
      `2 of ${orders.length} orders were filled only in part or not at all: the bars' volume was too small.`,
    );
    expect(result).toContain('<a href="#refusals">3 signals or orders were refused');
    expect(result).toContain("engine.short-on-cash (2); engine.rejected-by-venue, min-notional (1).");
    expect(text).toMatch(
      /<div id="refusals"><section>.*?<code>engine.rejected-by-venue<\/code> min-notional/,
    );

    const calm = { ...backtest, orders: backtest.orders.slice(0, 0), refusals: [] };
    const quiet = await renderReport({ run: runWith([{ kind: "backtest", value: calm }]) });
    expect(quiet).not.toMatch(/filled only in part|refused/);
  });

  test("counts open trades apart from closed ones", async () => {
    const backtest = facts.at(-1)!.value as BacktestResult;
    const [first, second] = backtest.trades;
    const { closedAt: _, ...open } = second!;
    const pageWith = (trades: readonly unknown[]) =>
      renderReport({ run: runWith([{ kind: "backtest", value: { ...backtest, trades } }]) });
    const both = await pageWith([{ ...first!, profit: 5 }, open]);
    expect(row(both, "Trades")[0]).toBe("1 closed, 1 open 100\u00a0%");
    expect(both).toContain("1 closed, 1 open, times in UTC");
    const closed = await pageWith([{ ...first!, profit: 5 }]);
    expect(row(closed, "Trades")[0]).toBe("1 100\u00a0%");
    expect(closed).toContain('"note">1, times in UTC');
  });

  test("shows NaN as a dash", async () => {
    const backtest = facts.at(-1)!.value as BacktestResult;
    const broken = {
      ...backtest,
      performance: { ...backtest.performance, sharpe: Number.NaN, calmar: Number.NaN },
    };
    const text = await renderReport({ run: runWith([{ kind: "backtest", value: broken }]) });
    expect(row(text, "Sharpe ratio")[0]).toBe("–");
    expect(row(text, "Calmar ratio")[0]).toBe("–");
    expect(markup(text)).not.toMatch(/NaN|undefined|Infinity|\[object/);
  });

  test("survives a backtest in which nothing happened", async () => {
    const backtest = facts.at(-1)!.value as BacktestResult;
    const nan = {
      sharpe: Number.NaN,
      sortino: Number.NaN,
      calmar: Number.NaN,
      volatility: 0,
      maxDrawdown: 0,
    };
    const still: BacktestResult = {
      ...backtest,
      equity: backtest.equity.map(() => backtest.capital),
      performance: { ...backtest.performance, ...nan },
      trades: [],
      fills: [],
      refusals: [],
      costs: { gross: 0, fees: 0, slippage: 0, net: 0 },
    };
    const text = await renderReport({ run: runWith([{ kind: "backtest", value: still }]) });
    expect(headings(text)).toEqual(["Result", "Equity", "Monthly returns", "Cells", "Provenance"]);
    expect(markup(text)).not.toMatch(/NaN|undefined|Infinity/);
  });
});

describe("verdicts", () => {
  test.each([
    ["holds", "holds"],
    ["differs", "differs"],
    ["not-run", "not run"],
    ["cannot-tell", "can&#39;t be told"],
  ] as const)("%s has its own look and word", async (state, word) => {
    const text = await renderReport({
      run: runWith([]),
      verdicts: [{ name: "Parity", state, text: "Why." }],
    });
    expect(text).toContain(`<li class="${state}">`);
    expect(text).toMatch(new RegExp(`Parity <b>${word}</b>`));
  });
});

describe("a failed run", () => {
  const error: CellError = {
    name: "TypeError",
    message: "Cannot read properties of undefined (reading 'close')",
    cell: 2,
    line: 3,
    column: 12,
    sourceLine: "const c = bars.close;",
    code: "data.unknown-dataset",
    hint: "Fetch it first.",
    traceback: ["TypeError: Cannot read", "    at cell 2, line 3"],
  };

  test("shows the place, the line with a caret, the remedy and the trace first", async () => {
    const base = runWith([]);
    const failed = { ...base.cells[1]!, status: "failed" as const, error };
    const run = { ...base, status: "failed" as const, exitCode: 1, error, cells: [base.cells[0]!, failed] };
    const text = await renderReport({ run });
    expect(headings(text)).toEqual(["Cell 2 failed", "Cells", "Provenance"]);
    expect(text).toContain("cell 2, line 3, column 12");
    expect(text).toContain(`3 | const c = bars.close;\n  | ${" ".repeat(11)}<mark>^</mark>`);
    for (const part of [
      "Fetch it first.",
      "data.unknown-dataset",
      "at cell 2, line 3",
      "1 cell after that did not run",
    ]) {
      expect(text).toContain(part);
    }
  });

  test("without a place still says how it ended", async () => {
    const died = { name: "KernelDied", message: "the process was killed by SIGKILL", traceback: [] };
    const text = await renderReport({
      run: runWith([], { status: "kernel-died", exitCode: 138, error: died }),
    });
    expect(text).toContain("The run ended the process that ran it");
    expect(text).toContain("killed by SIGKILL");
  });
});

describe("hostile text", () => {
  const EVIL = `"'></script><script>alert(1)</script><img src=x onerror=alert(1)><a href="javascript:alert(1)">`;

  test("stays text in every place that it can come from", async () => {
    const spoilt = facts.map(({ kind, value }) => ({ kind, value: spoil(value) }));
    const error = {
      name: EVIL,
      message: EVIL,
      hint: EVIL,
      code: EVIL,
      sourceLine: EVIL,
      line: 1,
      column: 2,
      cell: 1,
      traceback: [EVIL],
    };
    const base = runWith(spoilt);
    const text = await renderReport({
      run: {
        ...base,
        status: "failed",
        error,
        notebookPath: `/tmp/${EVIL}.ipynb`,
        outputPath: `/tmp/${EVIL}`,
        parameters: { [EVIL]: EVIL },
        cells: base.cells.map((cell) => ({ ...cell, title: EVIL })),
      },
      verdicts: [{ name: EVIL, state: "differs", text: EVIL }],
    });
    // The page's own three scripts and nothing else; no element and no attribute of the hostile text.
    expect(text.match(/<script/g)).toHaveLength(page.match(/<script/g)!.length);
    expect(text.match(/<\/script/g)).toHaveLength(page.match(/<\/script/g)!.length);
    const tags = markup(text).replaceAll(/="[^"]*"/g, "");
    expect(tags).not.toMatch(/<img|<[^>]*\sonerror/);
    expect(markup(text)).not.toMatch(/<a\b(?! href="#refusals">)/);
    for (const { data, layout } of figures(text)) {
      const shown = [
        ...data.map(({ name }) => name ?? ""),
        ...(layout.annotations ?? []).map((each) => each.text),
      ];
      for (const each of shown) expect(each).not.toMatch(/<(?!\/?b>|br>)/);
    }
  });

  /** Every text of a fact that a notebook's author could have chosen. */
  function spoil(value: unknown): unknown {
    const texts = [
      "strategy",
      "symbol",
      "source",
      "currency",
      "label",
      "library",
      "backendNote",
      "objective",
      "name",
    ];
    if (Array.isArray(value)) return value.map(spoil);
    if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, content]) => {
        if (key === "symbols" || key === "inputs" || key === "where") return [key, [EVIL]];
        return [key, texts.includes(key) && typeof content === "string" ? EVIL : spoil(content)];
      }),
    );
  }
});
