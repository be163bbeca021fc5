/** Colours of the report in both themes. Contrast of text is at least 4.5:1 on paper and on every tint. */
export interface Palette {
  readonly ink: string;
  readonly "ink-2": string;
  readonly paper: string;
  readonly "paper-2": string;
  readonly rule: string;
  readonly "rule-soft": string;
  /** Ours, interactive, in order. */
  readonly accent: string;
  readonly "accent-tint": string;
  readonly link: string;
  /** Look. */
  readonly warn: string;
  readonly "warn-tint": string;
  /** Refused, failed. */
  readonly danger: string;
  readonly "danger-tint": string;
  readonly gain: string;
  readonly loss: string;
  /** What is compared with. */
  readonly bench: string;
  /** Middle of a scale of colours. */
  readonly middle: string;
}

export const LIGHT: Palette = {
  ink: "#212121",
  "ink-2": "#5f5f5f",
  paper: "#ffffff",
  "paper-2": "#f6f6f6",
  rule: "#dcdcdc",
  "rule-soft": "#eeeeee",
  accent: "#1976d2",
  "accent-tint": "#e8f1fb",
  link: "#0d47a1",
  warn: "#e06c00",
  "warn-tint": "#fdefe0",
  danger: "#c62828",
  "danger-tint": "#fbe9e9",
  gain: "#0b559f",
  loss: "#a84300",
  bench: "#757575",
  middle: "#e8eef4",
};

export const DARK: Palette = {
  ink: "#e4e4e4",
  "ink-2": "#a9a9a9",
  paper: "#1e1e1e",
  "paper-2": "#282828",
  rule: "#434343",
  "rule-soft": "#303030",
  accent: "#3f9cf0",
  "accent-tint": "#1d2d3d",
  link: "#82c0fa",
  warn: "#ff9c38",
  "warn-tint": "#382b1c",
  danger: "#ff8a80",
  "danger-tint": "#3a2422",
  gain: "#7cc0fa",
  loss: "#ffab66",
  bench: "#9e9e9e",
  middle: "#3c4146",
};

/** The palette as CSS custom properties. */
export function cssVariables(palette: Palette): string {
  return Object.entries(palette)
    .map(([name, color]) => `--tb-${name}: ${color};`)
    .join(" ");
}
