// Each state has a shape of its own, so that none is told by colour alone.
export const PATHS = {
  book: '<path d="M3 2.5h8.5A1.5 1.5 0 0 1 13 4v9.5H4.5A1.5 1.5 0 0 1 3 12z"/><path d="M6 2.5v11"/>',
  check: '<path d="M3.5 8.5l3 3 6-7"/>',
  clock: '<circle cx="8" cy="8" r="6"/><path d="M8 4.5V8l2.5 1.5"/>',
  copy: '<rect x="5.5" y="5.5" width="7" height="7.5"/><path d="M10.5 5.5V3h-7v7.5h2"/>',
  doc: '<path d="M4 2h5.5L12 4.5V14H4z"/><path d="M9.5 2v3H12"/>',
  down: '<path d="M8 12.5l4.5-8h-9z" fill="currentColor" stroke="none"/>',
  equal: '<path d="M3.5 6h9M3.5 10h9"/>',
  fill: '<path d="M2.5 11l3.5-4 3 2.5 4.5-6"/><path d="M10 3.5h3.5V7"/>',
  go: '<path d="M4 8h8M8.5 4.5L12 8l-3.5 3.5"/>',
  half: '<circle cx="8" cy="8" r="5"/><path d="M8 3a5 5 0 0 1 0 10z" fill="currentColor" stroke="none"/>',
  more: '<path d="M3.5 8h.1M8 8h.1M12.5 8h.1" stroke-width="2.5"/>',
  pause: '<path d="M5.5 3.5v9M10.5 3.5v9" stroke-width="2.5"/>',
  plug: '<path d="M2.5 13.5l3-3M4.5 7.5l4 4L10 10 6 6zM10 7l3.5-3.5M8.5 5.5l2-2M11.5 8.5l-1-1"/><path d="M2.5 2.5l11 11"/>',
  promote: '<path d="M8 13V4M4.5 7.5L8 4l3.5 3.5M3.5 2h9"/>',
  question:
    '<circle cx="8" cy="8" r="6"/><path d="M6.2 6.3c.1-2.3 3.6-2.2 3.6 0 0 1.4-1.8 1.5-1.8 2.9M8 11.3v.1"/>',
  queue: '<circle cx="8" cy="8" r="5" stroke-dasharray="2 2.5"/>',
  ring: '<circle cx="8" cy="8" r="5"/>',
  run: '<circle cx="8" cy="8" r="4.5" fill="currentColor" stroke="none"/>',
  square: '<rect x="4" y="4" width="8" height="8" fill="currentColor" stroke="none"/>',
  stop: '<path d="M5.3 1.8h5.4l3.5 3.5v5.4l-3.5 3.5H5.3l-3.5-3.5V5.3z"/><path d="M8 4.8v4M8 11v.1"/>',
  up: '<path d="M8 3.5l4.5 8h-9z" fill="currentColor" stroke="none"/>',
  warn: '<path d="M8 2.2l6.3 11.3H1.7z"/><path d="M8 6.5v3.2M8 11.7v.1"/>',
  x: '<path d="M4 4l8 8M12 4l-8 8"/>',
} as const;

export type IconName = keyof typeof PATHS;

/** The whole drawing as a text, for JupyterLab's own icons (toolbar, tabs). */
export function iconSvg(name: IconName): string {
  const stroke = 'class="jp-icon3" stroke="#616161" stroke-width="1.5" stroke-linecap="round"';
  const drawing = `<g fill="none"><g ${stroke} stroke-linejoin="round">${PATHS[name]}</g></g>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 16 16">${drawing}</svg>`;
}
