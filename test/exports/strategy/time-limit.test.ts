import { describe, expect, it } from "vitest";
import { createInstrument } from "#model";
import { loadScript } from "../../../exports/strategy/verify/sandbox.ts";
import { walkBars } from "../../lib/ml/bars.ts";
import { temporaryFolder } from "../../temporary-folder.ts";
import { type Definition, promote, recordRun } from "./run.ts";

const DEADLINE = { deadlineMs: 100 };
const machine = (body: string) => `({ describe() { ${body} } })`;

describe("a script that does not end", () => {
  it.each([
    ["in a loop", machine("for (;;);")],
    ["in promises that wait for each other", machine("(async () => { for (;;) await 0; })(); return '{}';")],
    [
      "where a rejected promise is handled",
      machine("const spin = () => Promise.reject().catch(spin); spin(); return '{}';"),
    ],
    ["in a finally", machine("try { for (;;); } finally { for (;;); }")],
    ["where its error is read", machine("throw { get message() { for (;;); } };")],
    ["where its error is made a text", machine("throw { message: { toString() { for (;;); } } };")],
    ["where its machine is asked for a name", "new Proxy({}, { get() { for (;;); } })"],
    [
      "where its global names are read",
      `(() => { Object.defineProperty(globalThis, "tickbookMachine", { get() { for (;;); } }); return { describe: () => "{}" }; })()`,
    ],
  ])("%s is refused", (_, script) => {
    expect(() => loadScript(script, DEADLINE).call("describe")).toThrow(
      /did not end within 100 ms|took the name/,
    );
  });

  it.each([
    ["in a loop", "for (;;);"],
    ["in promises", "(async () => { for (;;) await 0; })();"],
    ["where what it throws is read", "throw { get message() { for (;;); }, get stack() { for (;;); } };"],
    ["behind a closing brace", "} finally { for (;;); } {"],
  ])("%s at its start is refused", (_, script) => {
    expect(() => loadScript(script, DEADLINE)).toThrow(/does not start/);
  });

  it("is of no use afterwards only as long as it does not end", () => {
    const script = loadScript(
      `(() => { let n = 0; return { describe() { if (n++ === 0) for (;;); return '{"ok":' + n + "}"; } }; })()`,
      DEADLINE,
    );
    expect(() => script.call("describe")).toThrow(/did not end/);
    expect(script.call("describe")).toBe(2);
  });
});

const patient: Definition<{ readonly best: { readonly enter: number } }> = (
  { account, bps, defineStrategy, features, rsi },
  { best },
) =>
  defineStrategy({
    name: "patient",
    instruments: ["TEST/USD"],
    timeframe: "1d",
    account: account({
      venue: "binance",
      kind: "cash",
      currency: "USD",
      capital: 1e5,
      fees: bps(10),
      slippage: bps(2),
    }),
    features: features({ strength: rsi(5) }),
    onBar(ctx) {
      ctx.target({ weight: ctx.row.strength > best.enter ? 0.5 : 0 });
    },
  });

it("a handler that loops for ever is refused by promotion", async () => {
  const home = temporaryFolder();
  const instrument = createInstrument({ symbol: "TEST/USD", tick: "0.01", lot: "0.0001" });
  const bars = { ...walkBars(60, 5), instrument };
  const { record, slice } = await recordRun(home, patient, { best: { enter: 50 } }, [bars]);
  const source = slice.source.replace("ctx.target(", "for (;;) ctx.target(");
  expect(source).not.toBe(slice.source);
  await expect(promote(home, record, { ...slice, source })).rejects.toMatchObject({
    code: "bundle.script-failed",
    message: "the bundle's script fails in decide: it did not end within 10000 ms",
  });
});
