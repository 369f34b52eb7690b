/** The page's few drawings: an icon per domain, and the shapes that carry a state without its colour. */

import { svg } from "./dom.js";

const ICONS = {
  parking: "M8 20V4h5.500a4.500 4.500 0 0 1 0 9H8",
  waste: "M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5",
  energy: "M13 3 5 13h6l-1 8 8-10h-6z",
  toDark: "M20 14.500A8.500 8.500 0 0 1 9.500 4A8.500 8.500 0 1 0 20 14.500Z",
  toLight: "M12 8a4 4 0 1 1 0 8a4 4 0 1 1 0-8ZM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.400 1.400M17.600 17.600L19 19M5 19l1.400-1.400M17.600 6.400L19 5",
  larger: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
  smaller: "M9 4v5H4M15 4v5h5M9 20v-5H4M15 20v-5h5",
  others: "M12 3v18M3 12h18",
};

/** Draw the icon of a domain. */
export function icon(domain) {
  return svg("svg", { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true" }, svg("path", { d: ICONS[domain] ?? ICONS.others }));
}

/** Outlines on a field of 24 by 24 around 0: a circle is well, a square wants watching, a diamond wants acting. */
export const SHAPES = {
  circle: "M0-9.500A9.500 9.500 0 1 1 0 9.500A9.500 9.500 0 1 1 0-9.500Z",
  square: "M-6-8.500H6A2.500 2.500 0 0 1 8.500-6V6A2.500 2.500 0 0 1 6 8.500H-6A2.500 2.500 0 0 1-8.500 6V-6A2.500 2.500 0 0 1-6-8.500Z",
  diamond: "M0-11.500L11.500 0L0 11.500L-11.500 0Z",
  hexagon: "M0-10L8.700-5V5L0 10L-8.700 5V-5Z",
};

const SHAPE_OF_LEVEL = { watch: "square", act: "diamond", low: "hexagon", middle: "hexagon", high: "hexagon" };

/** Name the shape of a level. */
export function shapeOf(level) {
  return SHAPE_OF_LEVEL[level] ?? "circle";
}

/** Draw a state's shape: an outline, and inside it the same shape that can be filled from below. */
export function glyph(level) {
  const d = SHAPES[shapeOf(level)];
  return svg("svg", { class: "glyph", viewBox: "-12 -12 24 24", "aria-hidden": "true", "data-level": level },
    svg("path", { class: "glyph-ground", d }), svg("path", { class: "glyph-fill", d }), svg("path", { class: "glyph-edge", d }));
}

/** Change a drawn shape to another level, filled to a share 0..1 from below. */
export function reshape(drawn, level, share) {
  const d = SHAPES[shapeOf(level)];
  if (drawn.dataset.level !== level) {
    drawn.dataset.level = level;
    for (const path of drawn.children) path.setAttribute("d", d);
  }
  drawn.children[1].style.clipPath = `inset(${100 - 100 * Math.min(1, Math.max(0, share))}% 0 0 0)`;
}
