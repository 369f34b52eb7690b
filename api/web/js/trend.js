/** How the headlines of the domains stood an hour ago: the same figures, made of what was newest then. */

import { gently, get } from "./api.js";
import { figures } from "./figures.js";
import { HOUR, MINUTE } from "./format.js";

const RENEW_MS = 5 * MINUTE;
/** Less than this share more or less is no trend. */
const ALIKE = 0.01;
const FIELDS = "thing,observed_property,phenomenon_time,result,quality,quality_name";

export class Trend {
  #asked = 0;
  #then = 0;
  #seen = new Map();

  constructor(city, onArrival) {
    this.city = city;
    this.onArrival = onArrival;
  }

  /** Ask for the city of an hour ago, unless what is known is fresh. */
  async renew(now = Date.now()) {
    const spoken = this.city.headlines();
    if (now - this.#asked < RENEW_MS || !spoken.length) return;
    this.#asked = now;
    try {
      const query = { at: new Date(now - HOUR).toISOString(), property: spoken.join(","), fields: FIELDS };
      this.#take(await gently(() => get("/v1/latest", query)));
      this.#then = now - HOUR;
      this.onArrival();
    } catch {
      this.#asked = 0;
    }
  }

  #take({ observations }) {
    this.#seen.clear();
    for (const row of observations) this.#seen.set(`${row.thing}/${row.observed_property}`, { ...row, time: Date.parse(row.phenomenon_time) });
  }

  /** Give `{way, share, before}` of a domain's headline against an hour ago, or null where either is not known. */
  of(domain, headline, ranges, today) {
    if (!this.#then || headline.raw === undefined) return null;
    const before = figures(domain, this.#city(), ranges, today, this.#then)[0];
    if (before.raw === undefined) return null;
    const change = headline.raw - before.raw;
    const share = Math.abs(change) / Math.max(Math.abs(before.raw), Math.abs(headline.raw), 1e-9);
    return { way: share < ALIKE ? "same" : change > 0 ? "up" : "down", before };
  }

  /** The city as it was: the same things, and what was newest of them then. */
  #city() {
    const { city } = this;
    return {
      of: (...asked) => city.of(...asked),
      property: (name) => city.property(name),
      headline: (kind) => city.headline(kind),
      observation: (thing, property) => this.#seen.get(`${thing}/${property}`),
    };
  }
}
