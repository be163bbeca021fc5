import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import type { Message } from "@lumino/messaging";
import { Widget } from "@lumino/widgets";
import type PlotlyModule from "plotly.js-dist-min";
import { type Figure, figureOf, POINTS_MAX, pointCount, type ThemeColours, themed } from "./figure.ts";

const MIME = "application/vnd.plotly.v1+json";
const RESIZE_MS = 100;

let loading: Promise<typeof PlotlyModule> | null = null;

/** Plotly, in a chunk of its own: it is 4 MB and loaded by the first chart. */
function loadPlotly(): Promise<typeof PlotlyModule> {
  loading ??= import("plotly.js-dist-min").then((module) => module.default ?? module);
  return loading;
}

function coloursOf(node: HTMLElement): ThemeColours {
  const style = getComputedStyle(node);
  const token = (name: string, otherwise: string) => style.getPropertyValue(name).trim() || otherwise;
  return {
    text: token("--jp-ui-font-color1", "#333"),
    rule: token("--jp-border-color2", "#e0e0e0"),
    font: token("--jp-ui-font-family", "sans-serif"),
  };
}

/** Draws a Plotly figure; it follows the cell's width and the theme. */
class PlotlyRenderer extends Widget implements IRenderMime.IRenderer {
  private figure: Figure | null = null;
  private readonly plot = document.createElement("div");
  private isDrawn = false;
  private readonly sizes = new ResizeObserver(() => this.resize());
  private readonly themes = new MutationObserver(() => void this.retheme());
  private resizing: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.addClass("tb-plot");
    this.plot.setAttribute("role", "figure");
    this.node.append(this.plot);
  }

  /** Shows a figure. A second one in the same place updates it. */
  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    const figure = figureOf(model.data[MIME]);
    this.figure = figure;
    this.plot.setAttribute("aria-label", labelOf(figure));
    const points = pointCount(figure);
    if (points > POINTS_MAX && !this.isDrawn) this.offer(points, model);
    else await this.draw();
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this.sizes.observe(this.node);
    this.themes.observe(document.body, { attributeFilter: ["data-jp-theme-name", "data-jp-theme-light"] });
    if (this.isDrawn) void this.retheme();
  }

  protected override onBeforeDetach(message: Message): void {
    super.onBeforeDetach(message);
    this.sizes.disconnect();
    this.themes.disconnect();
    clearTimeout(this.resizing);
  }

  override dispose(): void {
    if (this.isDisposed) return;
    if (this.isDrawn) void loadPlotly().then((plotly) => plotly.purge(this.plot));
    super.dispose();
  }

  private async draw(): Promise<void> {
    const { figure } = this;
    if (!figure) return;
    const plotly = await loadPlotly();
    if (this.isDisposed) return;
    const layout = themed(figure.layout, coloursOf(this.node));
    const config = { responsive: false, displaylogo: false, ...figure.config };
    // Plotly writes into what it is given; the output of the notebook must stay as it is.
    await plotly.react(this.plot, structuredClone([...figure.data]), layout, config);
    this.isDrawn = true;
  }

  /** A huge figure: its picture if it has one, and a button. */
  private offer(points: number, model: IRenderMime.IMimeModel): void {
    this.plot.replaceChildren();
    const picture = model.data["image/png"];
    if (typeof picture === "string") {
      const image = document.createElement("img");
      image.src = `data:image/png;base64,${picture}`;
      image.alt = this.plot.getAttribute("aria-label") ?? "chart";
      this.plot.append(image);
    }
    const text = document.createElement("p");
    text.textContent = `This chart has ${points.toLocaleString("en-US")} points. Drawing it may take a while. `;
    const button = document.createElement("button");
    button.textContent = "Draw it";
    button.className = "jp-mod-styled jp-mod-accept";
    button.onclick = () => {
      this.plot.replaceChildren();
      void this.draw();
    };
    text.append(button);
    this.plot.append(text);
  }

  private async retheme(): Promise<void> {
    if (!this.isDrawn || !this.figure) return;
    // The theme's colours are there in the next frame.
    await new Promise(requestAnimationFrame);
    if (!this.isDisposed) await this.draw();
  }

  private resize(): void {
    clearTimeout(this.resizing);
    this.resizing = setTimeout(() => {
      const isShown = this.node.isConnected && this.node.clientWidth > 0;
      if (this.isDrawn && isShown && this.figure?.layout.width === undefined)
        void loadPlotly().then((plotly) => plotly.Plots.resize(this.plot));
    }, RESIZE_MS);
  }
}

/** What a screen reader says: the title and the names of the traces. */
function labelOf({ layout, data }: Figure): string {
  const title = layout.title;
  const text =
    typeof title === "string" ? title : ((title as { text?: string } | undefined)?.text ?? "Chart");
  const names = data.map(({ name }) => name).filter((name) => typeof name === "string");
  return names.length > 0 ? `${text}: ${names.join(", ")}` : text;
}

const extension: IRenderMime.IExtension = {
  id: "tickbook-lab:plotly",
  rendererFactory: { safe: true, mimeTypes: [MIME], createRenderer: () => new PlotlyRenderer() },
  rank: 0,
  dataType: "json",
};

export default extension;
