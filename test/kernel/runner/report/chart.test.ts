import { expect, test } from "vitest";
import { Charts } from "../../../../kernel/runner/report/chart.ts";

function roundTrip(data: readonly Record<string, unknown>[]): unknown {
  const charts = new Charts();
  charts.add({ data, layout: {} }, { text: "a chart", height: 100 });
  return JSON.parse(charts.json().text)[0].data;
}

test("no text of a figure can end the script element that holds it", () => {
  const charts = new Charts();
  const evil = "</script><script>alert(1)</script><!--";
  charts.add({ data: [{ name: evil }], layout: { title: { text: evil } } }, { text: evil, height: 100 });
  expect(charts.json().text).not.toContain("<");
  expect(JSON.parse(charts.json().text)[0].data[0].name).toBe(evil);
});

test("numbers keep seven digits, and what JSON lacks becomes null", () => {
  const y = [1 / 3, Number.NaN, 1e-9, Number.POSITIVE_INFINITY];
  expect(roundTrip([{ y, x: ["2020-09-13 12:30:00"] }])).toEqual([
    { y: [0.3333333, null, 1e-9, null], x: ["2020-09-13 12:30:00"] },
  ]);
});
