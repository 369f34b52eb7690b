/** What is near: the browser is asked where it is, only when a person asks for that; it never leaves the browser. */

import { t } from "./i18n.js";
import { ACT } from "./judge.js";

const METRES_PER_DEGREE = 111_195;
const WAIT_MS = 15_000;
const KEEP_MS = 60_000;
const REFUSED = { 1: "nearRefused", 2: "nearUnknown", 3: "nearLate" };

/** For whom it is worth to know the way: the kinds with room for one more car, bottle or bag. */
const ROOM = {
  parking_lot: (free) => free >= 1,
  parking_spot: (occupied) => occupied < 0.5,
  waste_container: (percent) => percent < ACT,
};
const DOMAINS = ["parking", "waste"];

/** Tell whether a domain has things that one goes to. */
export function isGoneTo(domain) {
  return DOMAINS.includes(domain);
}

/** Tell whether a thing has room by a judgement that can be believed. */
export function hasRoom(thing, { result, stale, flagged }) {
  return result !== null && !stale && !flagged && (ROOM[thing.kind]?.(result) ?? false);
}

export class Near {
  #here = null;
  #asking = false;
  #listeners = [];
  failure = "";

  /** Call a listener when it becomes known where one is, or is forgotten. */
  onMove(listener) {
    this.#listeners.push(listener);
  }

  /** Where one is: latitude, longitude and how far off that may be in metres; or null. */
  get here() {
    return this.#here;
  }

  /** Whether it is known where one is. */
  get known() {
    return this.#here !== null;
  }

  /** Ask the browser, once at a time. */
  async ask() {
    if (this.#asking) return;
    this.#asking = true;
    try {
      const found = await new Promise((tell, refuse) => navigator.geolocation.getCurrentPosition(tell, refuse, { timeout: WAIT_MS, maximumAge: KEEP_MS }));
      this.#here = found.coords;
      this.failure = "";
    } catch ({ code }) {
      this.failure = isSecureContext ? (REFUSED[code] ?? "nearUnknown") : "nearInsecure";
    }
    this.#asking = false;
    this.#tell();
  }

  #tell() {
    for (const listener of this.#listeners) listener();
  }

  /** Forget where one is. */
  forget() {
    this.#here = null;
    this.failure = "";
    this.#tell();
  }

  /** Give the metres to a thing as the crow flies, or null; within a city the earth is flat. */
  metres({ location }) {
    if (!this.known) return null;
    const { latitude, longitude } = this.#here;
    const east = (location.longitude - longitude) * Math.cos((latitude * Math.PI) / 180);
    return METRES_PER_DEGREE * Math.hypot(east, location.latitude - latitude);
  }

  /** Say what was found, or why nothing is known. */
  words(n) {
    if (this.#asking) return t("nearWait");
    if (this.failure) return t(this.failure);
    return this.known ? t("nearFound", { n }) : "";
  }
}
