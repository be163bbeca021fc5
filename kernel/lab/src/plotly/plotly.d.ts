declare module "plotly.js-dist-min" {
  interface Plotly {
    react(
      node: HTMLElement,
      data: unknown[],
      layout: Record<string, unknown>,
      config: Record<string, unknown>,
    ): Promise<unknown>;
    purge(node: HTMLElement): void;
    readonly Plots: { resize(node: HTMLElement): Promise<unknown> };
  }
  const plotly: Plotly;
  export default plotly;
}
