/**
 * The whole road in a real JupyterLab, as a quant walks it: run the first notebook, look at its charts, promote it to the
 * embedded exchange, see it trade, halt it, schedule a run and see it finish. TICKBOOK_SCREENSHOTS names a folder for
 * pictures of each station, in both themes.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { endAll, type Lab, missing, startLab, writeProject } from "./jupyter-lab.ts";

const { MODE, TICKBOOK_SCREENSHOTS: pictures } = process.env;
const isWanted = MODE === "all" || pictures !== undefined;
const lacking = isWanted ? missing() : undefined;

/** A handler must not ask the clock: a replay would see another time. */
const IMPURE = "Date.now(); ";
/** In the page: the text of the line that the cursor is in. */
const CURSOR_LINE = `(() => {
  const at = getSelection().anchorNode;
  return (at instanceof Element ? at : at?.parentElement)?.closest(".cm-line")?.textContent ?? "";
})()`;
const STATION_MS = 240_000;

describe.runIf(isWanted)("the journey in JupyterLab", () => {
  let base: string;
  let folder: string;
  let lab: Lab;
  let browser: Browser;
  let page: Page;
  const errors: string[] = [];

  beforeAll(async () => {
    expect(lacking, "install JupyterLab 4.6 and chromium to walk the journey").toBeUndefined();
    base = mkdtempSync(join(tmpdir(), "tickbook-lab-"));
    folder = join(base, "research");
    await writeProject(folder);
    lab = await startLab(folder);
    browser = await chromium.launch({
      executablePath: "/usr/bin/chromium",
      args: ["--no-sandbox", "--disable-gpu"],
    });
    page = await browser.newPage({ viewport: { width: 1600, height: 1000 } });
    page.on("pageerror", ({ message, stack }) => {
      if (stack?.includes("tickbook-lab")) errors.push(message);
    });
  }, STATION_MS);

  afterAll(async () => {
    await browser?.close();
    try {
      if (folder) await endAll(folder);
    } finally {
      await lab?.stop();
      if (base) rmSync(base, { recursive: true, force: true, maxRetries: 5 });
    }
  }, STATION_MS);

  const picture = async (name: string) => {
    if (pictures === undefined) return;
    mkdirSync(pictures, { recursive: true });
    await page.screenshot({ path: join(pictures, `${name}.png`) });
  };
  const waitFor = (selector: string, timeout = 30_000) => page.locator(selector).first().waitFor({ timeout });
  /** Types a command into the palette. */
  const command = async (words: string) => {
    await page.keyboard.press("Control+Shift+C");
    await waitFor(".lm-CommandPalette-input:focus");
    await page.keyboard.type(words);
    await waitFor(".lm-CommandPalette-item.lm-mod-active");
    await page.keyboard.press("Enter");
  };

  afterEach(async ({ task }) => {
    if (task.result?.state === "fail") await picture(`failed-${task.name.replace(/\W+/g, "-")}`);
  });

  it("runs the first notebook and shows its charts", { timeout: STATION_MS }, async () => {
    await page.goto(lab.address("first.ipynb"));
    await waitFor(".jp-Notebook .jp-CodeCell", 60_000);
    await waitFor('.jp-NotebookPanel-toolbar [data-command="tickbook:promote"]', 60_000);
    // Before the kernel is there, JupyterLab takes "Run All Cells" and runs none.
    await page.getByText("TypeScript (tickbook) | Idle").waitFor({ timeout: 60_000 });
    expect(await page.locator(".tb-badges span").first().textContent()).toBe("parameters");
    await page.getByRole("menuitem", { name: "Run", exact: true }).click();
    await page
      .getByRole("menuitem", { name: /^Run All Cells/ })
      .first()
      .click();
    const failed = page.locator('.jp-Notebook .jp-OutputArea-output[data-mime-type*="error"]');
    await page
      .locator(".jp-Notebook .js-plotly-plot")
      .nth(1)
      .or(failed)
      .first()
      .waitFor({ timeout: 120_000 });
    expect(await failed.allTextContents()).toEqual([]);
    await waitFor('.jp-Notebook-ExecutionIndicator[data-status="idle"]', 120_000);
    await picture("1-notebook");
  });

  it("refuses what can't go live, and leads to the line", { timeout: STATION_MS }, async () => {
    await page.locator(".jp-Notebook .cm-line", { hasText: "const { fast, trend } = ctx.row;" }).click();
    await page.keyboard.press("Home");
    await page.keyboard.type(IMPURE);
    await page.click('[data-command="tickbook:promote"]');
    await waitFor("dialog [role=alertdialog]", 120_000);
    expect(await page.locator("dialog .ref article").count()).toBeGreaterThan(0);
    await picture("2-refused");
    expect(await page.evaluate("document.activeElement.textContent")).toMatch(/^Go to cell \d+, line \d+$/);
    await page.keyboard.press("Enter");
    await expect.poll(() => page.evaluate(CURSOR_LINE), { timeout: 10_000 }).toContain(IMPURE.trim());
    expect(await page.locator("dialog").count()).toBe(0);
    // The cursor stands at the very column.
    for (const _ of IMPURE) await page.keyboard.press("Delete");
    expect(await page.evaluate(CURSOR_LINE)).toBe("    const { fast, trend } = ctx.row;");
  });

  it("promotes it to the embedded exchange", { timeout: STATION_MS }, async () => {
    await page.click('[data-command="tickbook:promote"]');
    await waitFor("dialog .checks");
    await picture("3-check");
    await waitFor("dialog .review, dialog [role=alertdialog]", 180_000);
    expect(await page.locator("dialog [role=alertdialog]").allTextContents()).toEqual([]);
    await picture("4-review");
    const accept = page.locator("dialog .agree input");
    if ((await accept.count()) > 0) await accept.check();
    await page.getByRole("button", { name: "Sign and start on paper" }).click();
    await waitFor("dialog .done, dialog .note.bad", 120_000);
    expect(await page.locator("dialog .note.bad").allTextContents()).toEqual([]);
    expect(await page.locator("dialog .done h3").textContent()).toContain(
      "dips runs on paper with 100,000.00 USD",
    );
    await picture("5-done");
    await page.getByRole("button", { name: "Open the Live panel" }).click();
  });

  it("shows it trade, and halts it", { timeout: STATION_MS }, async () => {
    await waitFor('.tb-live .strat:has-text("dips")');
    await waitFor('.tb-live .strat .chip:has-text("trading")', 60_000);
    await waitFor('.tb-live .evs li:has-text("Filled")', 180_000);
    await picture("6-trading");
    await page.getByRole("button", { name: "Halt dips" }).click();
    await waitFor('.tb-live .strat .chip:has-text("halted")');
    await page.getByRole("button", { name: "Resume dips" }).click();
    await waitFor('.tb-live .strat .chip:has-text("trading")', 60_000);
    await page.keyboard.press("Alt+Shift+H");
    await page.getByRole("button", { name: "Halt all now" }).waitFor();
    await picture("7-halt-all");
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Halt all now");
    await expect
      .poll(
        async () => {
          await page.keyboard.press("Enter");
          return page.locator('.tb-live .strat .chip:has-text("halted")').count();
        },
        { timeout: 30_000, interval: 500 },
      )
      .toBe(1);
    await picture("8-halted");
  });

  it("schedules a run and sees it finish", { timeout: STATION_MS }, async () => {
    await page.click('[data-command="tickbook:schedule"]');
    await waitFor("dialog .prm");
    await page.fill("#tb-p-seed", "seven");
    expect(await page.locator("dialog .dlg-foot").textContent()).toContain("1 value to correct: seed");
    await page.fill("#tb-p-seed", "11");
    await waitFor('dialog .note.info b:has-text("16:30")');
    await picture("9-schedule");
    await page.click("dialog .dlg-foot .btn.accept");
    await waitFor('.tb-schedules .job:has-text("seed=11")', 60_000);
    const start = page.getByRole("button", { name: "Start it" });
    await start.or(page.locator('.chip:has-text("scheduler runs")')).first().waitFor();
    if ((await start.count()) > 0) await start.click();
    await waitFor('.tb-schedules .chip:has-text("scheduler runs")', 60_000);
    await page.click('.tb-schedules .job:has-text("seed=11") >> text=Run now');
    await waitFor('.tb-schedules .runs .chip:has-text("done")', 180_000);
    await picture("10-schedules");
    await page.click(".tb-schedules .outs >> text=Notebook");
    await waitFor(".jp-NotebookPanel:not(.lm-mod-hidden) .js-plotly-plot", 60_000);
  });

  it("is there again after a reload, and in the dark", { timeout: STATION_MS }, async () => {
    await command("Theme: JupyterLab Dark");
    await waitFor('body[data-jp-theme-light="false"] .tb-live');
    await page.reload();
    await waitFor('.tb-live .strat:has-text("dips")', 60_000);
    await picture("11-dark");
    // JupyterLab is still putting its tabs back: the click may come too early.
    const job = page.locator('.tb-schedules .job:has-text("seed=11")');
    await expect
      .poll(
        async () => {
          await page.getByRole("tab", { name: "Schedules" }).click();
          return job.isVisible();
        },
        { timeout: 30_000, interval: 500 },
      )
      .toBe(true);
    await picture("12-schedules-dark");
    expect(errors).toEqual([]);
  });
});
