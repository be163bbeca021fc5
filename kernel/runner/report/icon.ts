import { type Html, html, trusted } from "./html.ts";

/** Shapes on a 16 by 16 grid, drawn in the colour of the text. Each state has a shape of its own. */
const SHAPES = {
  check: '<path d="M3 8.5l3.2 3.2L13 4.6"/>',
  look: '<path d="M8 2l6.5 11.5h-13z"/><path d="M8 6.4v3.4M8 11.6v.2"/>',
  stop: '<path d="M5.4 2h5.2L14 5.4v5.2L10.6 14H5.4L2 10.6V5.4z"/><path d="M8 5v3.6M8 10.8v.2"/>',
  waiting: '<circle cx="8" cy="8" r="5.2" stroke-dasharray="2.1 2.4"/>',
  unknown:
    '<circle cx="8" cy="8" r="6"/><path d="M6.1 6.4c.2-2.2 3.7-2.1 3.7.1 0 1.4-1.8 1.4-1.8 2.8M8 11.2v.2"/>',
  up: '<path d="M8 3.6l4.4 8H3.6z" fill="currentColor" stroke="none"/>',
  down: '<path d="M8 12.4l4.4-8H3.6z" fill="currentColor" stroke="none"/>',
} as const;

export type IconName = keyof typeof SHAPES;

/** @param look class that colours it. */
export function icon(name: IconName, look = ""): Html {
  return html`<svg class="icon ${look}" aria-hidden="true"><use href="#icon-${name}"/></svg>`;
}

/** All shapes, once a page. */
export function iconSheet(): Html {
  const symbols = Object.entries(SHAPES).map(
    ([name, shape]) => `<symbol id="icon-${name}" viewBox="0 0 16 16">${shape}</symbol>`,
  );
  return trusted(`<svg class="sheet" width="0" height="0" aria-hidden="true">${symbols.join("")}</svg>`);
}
