/** Names on the map: districts, joined into their groups from afar, never one upon the other. */

import { el, say } from "./dom.js";
import { t } from "./i18n.js";

const GROUPS_BELOW_ZOOM = 13;
const LETTER_PX = 6.6;
const LINE_PX = 17;
/** How far a name may move up or down to make room for a mark, before it is left out. */
const SHIFTS_PX = [0, -12, 12, -20, 20, -28, 28];
const WATERS = [["sea", [54.1935, 12.062]], ["river", [54.1255, 12.108]]];

export class Labels {
  #districts;
  #groups;
  #waters;

  constructor(map, features) {
    this.map = map;
    this.#districts = features.map(({ properties: { name, label, points } }) => made(name, [label[1], label[0]], points, "district-name"));
    this.#groups = grouped(features).map(([name, at, points]) => made(name, at, points, "district-name"));
    this.#waters = WATERS.map(([word, at]) => ({ word, ...made(t(word), at, Infinity, "water-name") }));
  }

  /** Choose which names fit at this zoom, the larger districts first, and beside the marks (boxes in pixels) if they can. */
  place(marks) {
    const near = this.map.getZoom() >= GROUPS_BELOW_ZOOM;
    for (const { marker } of near ? this.#groups : this.#districts) marker.remove();
    const taken = [];
    for (const water of this.#waters) this.#float(water, taken, marks);
    for (const label of near ? this.#districts : this.#groups) this.#fit(label, taken, marks);
  }

  #fit(label, taken, marks) {
    const shift = SHIFTS_PX.find((dy) => !touches(this.#box(label, dy), taken) && !touches(this.#box(label, dy), marks));
    if (shift === undefined) return label.marker.remove();
    taken.push(this.#box(label, shift));
    label.text.style.setProperty("--dy", `${shift}px`);
    return label.marker.addTo(this.map);
  }

  /** A water keeps its place, or is not named. */
  #float(water, taken, marks) {
    const box = this.#box(water);
    if (touches(box, marks)) return water.marker.remove();
    taken.push(box);
    return water.marker.addTo(this.map);
  }

  #box({ name, at }, shift = 0) {
    const { x, y } = this.map.project(at);
    const half = (name.length * LETTER_PX) / 2;
    return [x - half, y + shift - LINE_PX / 2, x + half, y + shift + LINE_PX / 2];
  }

  /** Put the names of the waters into the language in use. */
  translate() {
    for (const { word, text } of this.#waters) say(text, t(word));
  }
}

function made(name, at, points, style) {
  const text = el("span", { class: style }, name);
  const icon = L.divIcon({ html: text, className: "label", iconSize: [0, 0] });
  return { name, at, points, text, marker: L.marker(at, { icon, interactive: false, keyboard: false, pane: "labels" }) };
}

function grouped(features) {
  const groups = new Map();
  for (const { properties: { group, label, points } } of features) {
    const [latitude, longitude, weight] = groups.get(group) ?? [0, 0, 0];
    groups.set(group, [latitude + points * label[1], longitude + points * label[0], weight + points]);
  }
  const middle = ([name, [latitude, longitude, weight]]) => [name, [latitude / weight, longitude / weight], weight];
  return [...groups].map(middle).sort((a, b) => b[2] - a[2]);
}

function touches(box, others) {
  return others.some((other) => overlap(box, other));
}

function overlap([left, top, right, bottom], [otherLeft, otherTop, otherRight, otherBottom]) {
  return left < otherRight && otherLeft < right && top < otherBottom && otherTop < bottom;
}
