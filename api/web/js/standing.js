/** Where a thing stands: a mark on the outline of the districts, and the facts that its operator has registered. */

import { get } from "./api.js";
import { el, svg } from "./dom.js";
import { facts } from "./facts.js";
import { number } from "./format.js";
import { t } from "./i18n.js";

const WIDTH = 320;
const HEIGHT = 190;
const DEGREES_HIGH = 0.055;
const LETTER = 5;

let districts = null;

/** Show where a thing stands and who operates it; `toMap` leads to the large map. */
export function standing(thing, toMap) {
  const plan = svg("svg", { class: "plan", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": t("planLabel", place(thing)) });
  draw(plan, thing);
  return el("section", { class: "card standing" }, el("h3", {}, t("whereWho")), plan, toMap, el("div", { class: "facts-list" }, facts(thing)));
}

function place({ name, district, location }) {
  return { name, district: district || "–", latitude: number(location.latitude, 4), longitude: number(location.longitude, 4) };
}

async function draw(plan, { location }) {
  const wide = ((DEGREES_HIGH * WIDTH) / HEIGHT) / Math.cos((location.latitude * Math.PI) / 180);
  const x = (longitude) => ((longitude - location.longitude) / wide + 0.5) * WIDTH;
  const y = (latitude) => (0.5 - (latitude - location.latitude) / DEGREES_HIGH) * HEIGHT;
  const here = svg("g", { class: "here", transform: `translate(${WIDTH / 2} ${HEIGHT / 2})` }, svg("circle", { r: 13 }), svg("circle", { r: 5 }));
  plan.append(here);
  districts ??= get("/web/districts.geojson").catch(() => null);
  const known = await districts;
  if (!known) return;
  const near = ([longitude, latitude]) => Math.abs(longitude - location.longitude) < wide && Math.abs(latitude - location.latitude) < DEGREES_HIGH;
  const ring = (points) => `M${points.map(([longitude, latitude]) => `${x(longitude).toFixed(1)} ${y(latitude).toFixed(1)}`).join("L")}Z`;
  const names = [];
  for (const { geometry, properties } of known.features) {
    const rings = geometry.coordinates.flat(geometry.type === "MultiPolygon" ? 1 : 0);
    if (!rings.some((points) => points.some(near))) continue;
    plan.insertBefore(svg("path", { class: "district", d: rings.map(ring).join("") }), here);
    names.push({ name: properties.name, points: properties.points, x: x(properties.label[0]), y: y(properties.label[1]) });
  }
  for (const label of fitting(names)) plan.insertBefore(svg("text", { class: "district-label", x: label.x.toFixed(1), y: label.y.toFixed(1) }, label.name), here);
}

/** Keep the names that lie upon no other, upon no edge and not upon the mark, the larger districts first. */
function fitting(names) {
  const kept = [{ name: "", x: WIDTH / 2, y: HEIGHT / 2 + LETTER / 2 }];
  const half = ({ name }) => (name.length * LETTER) / 2 + 2 * LETTER;
  const inside = (label) => label.x > half(label) && label.x < WIDTH - half(label) && label.y > 2 * LETTER && label.y < HEIGHT - LETTER;
  const apart = (a) => (b) => Math.abs(a.x - b.x) > half(a) + half(b) - 3 * LETTER || Math.abs(a.y - b.y) > 2.4 * LETTER;
  for (const label of names.filter(inside).sort((a, b) => b.points - a.points)) if (kept.every(apart(label))) kept.push(label);
  return kept.slice(1);
}
