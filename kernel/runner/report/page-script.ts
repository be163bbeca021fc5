import { COLOR } from "#analysis";
import { DARK, LIGHT } from "./palette.ts";

/** Colours that figures are made with, and the name of the palette's colour that stands for each. */
const MEANING = {
  [COLOR.accent]: "accent",
  [COLOR.accentTint]: "accent-tint",
  [COLOR.bench]: "bench",
  [COLOR.gain]: "gain",
  [COLOR.loss]: "loss",
  [LIGHT.middle]: "middle",
};

/** Width of the text on A4 with the page's margins, at 96 dpi. */
const PRINT_WIDTH = 703;

/** Draws the charts in the theme's colours, again when it changes and for print; copies hashes. */
export function pageScript(): string {
  return `(function () {
"use strict";
var palettes = ${JSON.stringify({ light: LIGHT, dark: DARK })};
var meaning = ${JSON.stringify(MEANING)};
var data = document.getElementById("charts");
var charts = data ? JSON.parse(data.textContent) : [];
var dark = matchMedia("(prefers-color-scheme: dark)");

function themed(value, palette) {
  if (typeof value === "string") return Object.hasOwn(meaning, value) ? palette[meaning[value]] : value;
  if (Array.isArray(value)) return value.map(function (each) { return themed(each, palette); });
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(function (entry) { return [entry[0], themed(entry[1], palette)]; }));
}

function draw(palette, scale) {
  document.querySelectorAll("[data-chart]").forEach(function (box) {
    var chart = themed(charts[Number(box.dataset.chart)], palette);
    var font = Object.assign({}, chart.layout.font, { color: palette["ink-2"], size: 11 });
    var title = { font: { size: 11 } };
    var small = { title: title };
    var hover = { bgcolor: palette.paper, bordercolor: palette.rule, font: { color: palette.ink } };
    var layout = Object.assign({}, chart.layout, { font: font, hoverlabel: hover, template: { data: { scatter: [{ marker: { colorbar: { title: title } } }] }, layout: { xaxis: small, yaxis: small } } });
    if (scale) layout.width = Math.floor(box.clientWidth * scale);
    if (!box.querySelector(".plot-container")) box.replaceChildren();
    window.Plotly.react(box, chart.data, layout, { displaylogo: false, responsive: !scale, modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d"] });
  });
}

function drawForScreen() { draw(dark.matches ? palettes.dark : palettes.light, 0); }
if (window.Plotly) {
  drawForScreen();
  dark.addEventListener("change", drawForScreen);
  addEventListener("beforeprint", function () {
    draw(palettes.light, ${PRINT_WIDTH} / document.querySelector("main > *").clientWidth);
  });
  addEventListener("afterprint", drawForScreen);
}

function copyText(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  var area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
  return Promise.resolve();
}

document.addEventListener("click", function (event) {
  var button = event.target.closest("[data-copy]");
  if (!button) return;
  copyText(button.dataset.copy).then(function () {
    button.classList.add("copied");
    setTimeout(function () { button.classList.remove("copied"); }, 1500);
  });
});
})();`;
}
