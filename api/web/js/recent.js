/** The last 24 hours of the headline property of things: fetched when first wanted, then grown by what comes in. */

import { gently, observations } from "./api.js";
import { DAY } from "./format.js";

const SUSPECT = 3;

export class Recent {
  /** Rows in the order of time, by thing id. */
  #rows = new Map();
  #asked = new Set();
  /** Lowest and highest result of each thing that is known. */
  ranges = new Map();

  constructor(city, onArrival) {
    this.city = city;
    this.onArrival = onArrival;
  }

  /** Give the rows of a thing, or null while they are not there. */
  rows(thing) {
    return this.#rows.get(thing.id) ?? null;
  }

  /** Ask for a thing's last day, once. */
  want(thing) {
    if (this.#asked.has(thing.id) || !this.city.latest.has(thing.id)) return;
    this.#asked.add(thing.id);
    gently(() => this.#fetch(thing)).catch(() => this.#asked.delete(thing.id));
  }

  async #fetch(thing) {
    const now = Date.now();
    const page = await observations(thing.id, this.city.headline(thing.kind), now - DAY, now + DAY / 24);
    this.#rows.set(thing.id, page.observations);
    this.#measure(thing);
    this.onArrival(thing);
  }

  /** Add a thing's newest observation. */
  grow(thing) {
    const rows = this.#rows.get(thing.id);
    const seen = this.city.observation(thing.id, this.city.headline(thing.kind));
    if (!rows || !seen) return;
    if (rows.at(-1)?.time === seen.time) rows.pop();
    rows.push(seen);
    while (rows[0].time < Date.now() - DAY) rows.shift();
    this.#measure(thing);
  }

  #measure(thing) {
    const known = this.#rows.get(thing.id).filter((row) => row.result !== null && row.quality < SUSPECT).map((row) => row.result);
    if (known.length) this.ranges.set(thing.id, [Math.min(...known), Math.max(...known)]);
  }
}
