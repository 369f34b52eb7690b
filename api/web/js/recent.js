/**
 * The last 24 hours of the headline property of things: fetched when wanted, then grown by what comes in. The stream tells
 * only the newest observation, so the rows are fetched again now and then, and soon while the past is being told.
 */

import { gently, observations } from "./api.js";
import { DAY, MINUTE } from "./format.js";

const SUSPECT = 3;
const FRESH_MS = 10 * MINUTE;
const FRESH_BEHIND_MS = MINUTE / 3;

export class Recent {
  /** Rows in the order of time, by thing id. */
  #rows = new Map();
  /** When each thing's rows were asked for. */
  #asked = new Map();
  /** Things whose newest observation is of the past. */
  #behind = new Set();
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

  /** Ask for a thing's last day, unless what is known of it is fresh. */
  want(thing) {
    const patience = this.#behind.has(thing.id) ? FRESH_BEHIND_MS : FRESH_MS;
    if (Date.now() - (this.#asked.get(thing.id) ?? 0) < patience || !this.city.latest.has(thing.id)) return;
    this.#asked.set(thing.id, Date.now());
    this.#behind.delete(thing.id);
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
    if (seen.time < Date.now() - FRESH_MS) this.#behind.add(thing.id);
    if (rows.at(-1)?.time === seen.time) rows.pop();
    rows.push(seen);
    while (rows.length > 1 && rows[0].time < Date.now() - DAY) rows.shift();
    this.#measure(thing);
  }

  #measure(thing) {
    const known = this.#rows.get(thing.id).filter((row) => row.result !== null && row.quality < SUSPECT).map((row) => row.result);
    if (known.length) this.ranges.set(thing.id, [Math.min(...known), Math.max(...known)]);
  }
}
