/** The marks of things on the map: those in sight, one for each, or one for many where they would hide one another. */

import { mark } from "./dom.js";
import { Cluster, joined } from "./cluster.js";
import { judge } from "./judge.js";
import { Pin } from "./pin.js";
import { spread } from "./spread.js";
import { tinted } from "./tint.js";
import { show, view } from "./view.js";

const RADIUS_PX = { parking_lot: 18, parking_spot: 6.5, energy_meter: 12 };
const OTHER_RADIUS_PX = 10.5;
/** Marks in sight of the domain in view, and of the others, before they are joined or left out. */
const MOST_ALONE = 250;
const MOST_ALONE_NEAREST = 1000;
const MOST_AWAY = 400;
/** How far beyond the edge marks are drawn, in parts of the map. */
const BEYOND = 0.2;

export class Pins {
  /** Marks by thing id: `{pin, marker}`. */
  #alone = new Map();
  /** Marks of many by their square: `{cluster, marker}`. */
  #together = new Map();
  #clusterOf = new Map();
  /** How large marks are drawn. */
  scale = 1;

  constructor(map, context) {
    Object.assign(this, { map, ...context });
  }

  /** Begin anew with the things that there are. */
  build() {
    for (const { marker } of [...this.#alone.values(), ...this.#together.values()]) marker.remove();
    this.#alone.clear();
    this.#together.clear();
  }

  /** Show what is new of some things. */
  update(ids) {
    const clusters = new Set();
    for (const id of ids) {
      const { pin } = this.#alone.get(id) ?? {};
      pin?.update(this.#judge(pin.thing));
      if (this.#clusterOf.has(id)) clusters.add(this.#clusterOf.get(id));
    }
    for (const cluster of clusters) this.#fill(cluster);
  }

  /** Show everything anew, as when time has passed. */
  refresh() {
    this.update(this.#alone.keys());
    for (const one of this.#together.values()) this.#fill(one);
  }

  /** Ask for the range within which each meter in sight moves, by which it is judged. */
  want() {
    if (view.domain !== "energy") return;
    for (const { pin } of this.#alone.values()) if (pin.thing.domain === "energy") this.recent.want(pin.thing);
  }

  #judge(thing) {
    return tinted(judge(thing, this.city, this.recent.ranges));
  }

  #fill({ cluster, marker }) {
    cluster.update((thing) => this.#judge(thing));
    mark(marker.getElement(), "aria-label", cluster.words);
  }

  /** Draw the marks that are in sight at this zoom; gives the boxes in pixels that they take up. */
  arrange() {
    const mine = this.#inSight(this.city.of(view.domain));
    const most = this.map.getZoom() < this.map.getMaxZoom() ? MOST_ALONE : MOST_ALONE_NEAREST;
    const { alone, together } = mine.length > most ? joined(mine, (thing) => thing.id === view.thing) : { alone: mine, together: new Map() };
    const others = this.#inSight([...this.city.things.values()].filter((thing) => thing.domain !== view.domain));
    this.#draw([...alone, ...(others.length > MOST_AWAY ? [] : others)]);
    this.#join(together);
    return this.#apart(alone);
  }

  #inSight(things) {
    const { min, max } = this.map.getPixelBounds();
    const [dx, dy] = [BEYOND * (max.x - min.x), BEYOND * (max.y - min.y)];
    const placed = things.map((thing) => ({ thing, ...this.map.project([thing.location.latitude, thing.location.longitude]) }));
    return placed.filter(({ x, y }) => x > min.x - dx && x < max.x + dx && y > min.y - dy && y < max.y + dy);
  }

  /** Put up the marks of single things, and take down those that are not wanted any more. */
  #draw(placed) {
    const wanted = new Set(placed.map(({ thing }) => thing.id));
    for (const [id, { marker }] of this.#alone) if (!wanted.has(id)) marker.remove() && this.#alone.delete(id);
    for (const { thing } of placed) {
      if (!this.#alone.has(thing.id)) this.#alone.set(thing.id, this.#place(thing));
      this.#dress(this.#alone.get(thing.id));
    }
  }

  #place(thing) {
    const pin = new Pin(thing);
    const marker = marked([thing.location.latitude, thing.location.longitude], pin.element);
    pressed(marker, () => show({ domain: thing.domain, thing: thing.id, property: "" }));
    marker.bindTooltip(() => pin.note(this.#judge(thing)), { direction: "top", offset: [0, -14] });
    marker.addTo(this.map);
    pin.update(this.#judge(thing));
    if (thing.domain === "energy" && view.domain === "energy") this.recent.want(thing);
    return { pin, marker };
  }

  /** Let the domain in view stand out, and the chosen thing in it. */
  #dress({ pin, marker }) {
    const away = pin.thing.domain !== view.domain;
    const chosen = pin.thing.id === view.thing;
    mark(pin.element, "data-away", away && "true");
    mark(pin.element, "data-chosen", chosen && "true");
    mark(marker.getElement(), "tabindex", away ? "-1" : "0");
    marker.setZIndexOffset(away ? -1000 : chosen ? 1000 : pin.thing.kind === "parking_lot" ? 500 : 0);
  }

  #join(together) {
    for (const { marker } of this.#together.values()) marker.remove();
    this.#together = new Map([...together].map(([key, members]) => [key, this.#cluster(new Cluster(members))]));
    this.#clusterOf.clear();
    for (const one of this.#together.values()) for (const { thing } of one.cluster.members) this.#clusterOf.set(thing.id, one);
  }

  #cluster(cluster) {
    const marker = marked(cluster.at, cluster.element);
    pressed(marker, () => this.#enter(cluster));
    marker.bindTooltip(() => cluster.words, { direction: "top", offset: [0, -cluster.size / 2] });
    marker.addTo(this.map);
    this.#fill({ cluster, marker });
    return { cluster, marker };
  }

  /** Go as near as it takes to tell its members apart. */
  #enter(cluster) {
    const zoom = this.map.getBoundsZoom(cluster.bounds, false, L.point(40, 40));
    this.map.setView(cluster.bounds.getCenter(), Math.max(zoom, this.map.getZoom() + 1));
  }

  /** Move marks apart that would cover one another. */
  #apart(alone) {
    const marks = alone.map(({ thing, x, y }) => ({ x, y, radius: this.scale * (RADIUS_PX[thing.kind] ?? OTHER_RADIUS_PX) }));
    const moves = spread(marks);
    alone.forEach(({ thing }, i) => this.#alone.get(thing.id).pin.move(...moves[i]));
    const clusters = [...this.#together.values()].map(({ cluster, marker }) => ({ ...this.map.project(marker.getLatLng()), radius: cluster.size / 2 }));
    const moved = marks.map(({ x, y, radius }, i) => ({ x: x + moves[i][0], y: y + moves[i][1], radius }));
    return [...moved, ...clusters].map(({ x, y, radius }) => [x - radius, y - radius, x + radius, y + radius]);
  }
}

function marked(at, html) {
  return L.marker(at, { icon: L.divIcon({ html, className: "pin-host", iconSize: [0, 0] }), riseOnHover: true });
}

function pressed(marker, open) {
  marker.on("click", open);
  marker.on("keypress", (event) => event.originalEvent.key === "Enter" && open());
}
