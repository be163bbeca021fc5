/** The protocol counts Unicode code points, JavaScript UTF-16 units. */

/** @param points code points; more than there are means the end. */
export function unitsFromPoints(text: string, points: number): number {
  let units = 0;
  for (let left = points; left > 0 && units < text.length; left--) units += sizeAt(text, units);
  return units;
}

export function pointsFromUnits(text: string, units: number): number {
  let points = 0;
  for (let at = 0; at < Math.min(units, text.length); at += sizeAt(text, at)) points++;
  return points;
}

/** A pair of surrogates is one code point. */
function sizeAt(text: string, at: number): number {
  return text.codePointAt(at)! > 0xffff ? 2 : 1;
}
