/** The few numbers that say how the city is: per domain, the first is the headline. */

import { gently, get } from "./api.js";
import { DAY, localMidnight, MINUTE, number, parts, percent } from "./format.js";
import { t } from "./i18n.js";
import { ACT, judge } from "./judge.js";

const QUARTER_ENERGY = "energy_15min";
const TIME_TO_FULL = "time_to_full_hour";
const SOON_H = 24;
const FRESH_MS = 5 * MINUTE;
const FRESH_BEHIND_MS = MINUTE / 2;
/** A quarter hour whose result comes later than this after its start tells of the past. */
const BEHIND_MS = 60 * MINUTE;

/**
 * Give the figures of a domain at an instant: `{id, number, unit, label}`, the headline first, which has its number as it
 * is, too (`raw`, left out where nothing is known).
 */
export function figures(domain, city, ranges, today, now = Date.now()) {
  const count = { parking, waste, energy }[domain] ?? others;
  return count({ city, ranges, today, domain, now });
}

function current({ city, ranges, now }, things) {
  return things.map((thing) => [thing, judge(thing, city, ranges, now)]).filter(([, seen]) => !seen.stale && seen.result !== null);
}

function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}

function parking(asked) {
  const { city } = asked;
  const lots = current(asked, city.of("parking", "parking_lot"));
  const spots = current(asked, city.of("parking", "parking_spot"));
  const free = sum(lots.map(([, seen]) => seen.result));
  const capacity = sum(lots.map(([thing]) => Number(thing.properties.capacity) || 0));
  return [
    { id: "free", number: lots.length ? number(free) : "–", raw: lots.length ? free : undefined, label: t("freeNow") },
    { id: "share", number: capacity ? percent(free / capacity) : "–", label: t("ofCapacity", { n: number(capacity) }) },
    { id: "spots", number: spots.length ? number(spots.filter(([, seen]) => seen.result < 0.5).length) : "–", unit: spots.length ? t("ofN", { n: number(spots.length) }) : "", label: t("spotsFree") },
  ];
}

function waste(asked) {
  const { city } = asked;
  const all = current(asked, city.of("waste", "waste_container"));
  const levels = all.map(([, seen]) => seen.result);
  const above = levels.filter((level) => level >= ACT).length;
  const hours = all.map(([thing]) => city.observation(thing.id, TIME_TO_FULL)?.result ?? null).filter((result) => result !== null);
  return [
    { id: "above", number: all.length ? number(above) : "–", raw: all.length ? above : undefined, unit: all.length ? t("ofN", { n: number(all.length) }) : "", label: t("above80") },
    { id: "soon", number: hours.length ? number(hours.filter((left) => left <= SOON_H).length) : "–", label: t("fullSoon") },
    { id: "mean", number: all.length ? percent(sum(levels) / levels.length / 100) : "–", label: t("meanFill") },
  ];
}

function energy(asked) {
  const { city, today } = asked;
  const meters = city.of("energy", "energy_meter");
  const all = current(asked, meters);
  const kilowatts = sum(all.map(([, seen]) => seen.result));
  const [power, powerUnit] = parts(kilowatts, { unit: "kW" });
  const [used, usedUnit] = today.known ? parts(today.total(), { unit: "kWh" }) : ["–", ""];
  return [
    { id: "power", number: all.length ? power : "–", raw: all.length ? kilowatts : undefined, unit: all.length ? powerUnit : "", label: t("powerNow") },
    { id: "today", number: used, unit: usedUnit, label: t("energyToday") },
    { id: "silent", number: number(meters.length - all.length), unit: t("ofN", { n: number(meters.length) }), label: t("metersSilent") },
  ];
}

function others({ city, domain }) {
  return [{ id: "things", number: number(city.of(domain).length), label: t("thingsSeen") }];
}

/** The energy of the running local day, of all meters that are seen: asked for now and then, soon where the past is being told. */
export class Today {
  #asked = 0;
  #behind = false;
  #used = null;

  constructor(city, onArrival) {
    this.city = city;
    this.onArrival = onArrival;
  }

  get known() {
    return this.#used !== null;
  }

  /** Give the kilowatt hours of all meters since midnight. */
  total() {
    return this.#used;
  }

  /** Ask for what the meters have used since midnight, unless what is known is fresh. */
  async renew(now = Date.now()) {
    if (now - this.#asked < (this.#behind ? FRESH_BEHIND_MS : FRESH_MS) || !this.city.of("energy").length) return;
    this.#asked = now;
    const from = new Date(localMidnight(now)).toISOString();
    try {
      const query = { property: QUARTER_ENERGY, domain: "energy", step: "15min", function: "sum", group: "city", from, to: new Date(now).toISOString() };
      this.#take((await gently(() => get("/v1/aggregates", query))).aggregates, now);
      this.onArrival();
    } catch {
      this.#asked = 0;
    }
  }

  #take(rows, now) {
    this.#used = rows.length ? sum(rows.map((row) => row.sum ?? 0)) : null;
    this.#behind = rows.length > 0 && Date.parse(rows.at(-1).start) < now - BEHIND_MS;
  }
}
