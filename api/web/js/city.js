/** The city as the page knows it: its things, its words, and the newest observation of every datastream. */

import { all, get } from "./api.js";
import { windowName } from "./i18n.js";

const HEADLINE = {
  parking_spot: "occupied",
  parking_lot: "available_spot_number",
  waste_container: "filling_level",
  energy_meter: "active_power",
  heat_meter: "thermal_power",
  street_light_cabinet: "active_power",
};

/** What the numbers of a domain are made of besides. */
const COUNTED = ["time_to_full_hour"];
/** A city of more things tells the page only what map, list and numbers show; the rest of a thing comes when it is opened. */
const MOST_TOLD_WHOLE = 2000;
/** Things of one answer: as many as the API gives. */
const AT_ONCE = 5000;

export class City {
  things = new Map();
  kinds = new Map();
  /** Observed and derived properties by name. */
  properties = new Map();
  indicators = [];
  /** Newest observations: thing id to property name to observation. */
  latest = new Map();
  version = 0;
  /** When an observation last came in, and how many did in the last minute. */
  heard = 0;
  #arrivals = [];

  /** Learn the words, the things and the state of now. */
  async load() {
    const [kinds, indicators, things] = await Promise.all([
      get("/v1/kinds"),
      get("/v1/indicators"),
      all("/v1/things", "things", { limit: AT_ONCE }),
    ]);
    this.learn(kinds.kinds, indicators.indicators);
    this.things = new Map(things.map((thing) => [thing.id, thing]));
    this.take(await this.now());
    this.#arrivals = [];
  }

  /** Ask for the newest observations: all of them, or of a large city those that are shown. */
  async now() {
    return get("/v1/latest", { property: this.told });
  }

  /** The properties that the page is told of, with commas between; empty for all. */
  get told() {
    return this.things.size > MOST_TOLD_WHOLE ? [...this.headlines(), ...COUNTED].join(",") : "";
  }

  /** Learn all that is newest of one thing, where not all is told. */
  async open(thing) {
    if (this.told) this.take(await get("/v1/latest", { thing }));
  }

  /** Learn what kinds and indicators mean. */
  learn(kinds, indicators) {
    this.kinds = new Map(kinds.map((kind) => [kind.name, kind]));
    this.indicators = indicators;
    for (const kind of kinds) for (const property of kind.properties) this.properties.set(property.name, property);
    for (const indicator of indicators) {
      for (const name of indicator.properties) this.properties.set(name, derived(indicator, name));
    }
  }

  /** Learn what a datastream says of its property: title, unit and series of a part are told nowhere else. */
  describe({ observed_property: name, title, title_de, unit, series }) {
    const { window, indicator, categories = [], max_hold_seconds } = this.property(name);
    this.properties.set(name, { name, title, title_de, unit, series: series ?? "gauge", window, indicator, categories, max_hold_seconds });
  }

  /** Take newer observations in; gives the ids of the things that changed. */
  take({ version, observations }) {
    const changed = new Set();
    for (const row of observations) {
      row.time = Date.parse(row.phenomenon_time);
      if (this.#keep(row)) changed.add(row.thing);
      this.heard = Math.max(this.heard, Date.parse(row.result_time));
    }
    this.version = Math.max(this.version, version);
    if (observations.length) this.#arrivals.push([Date.now(), observations.length]);
    return changed;
  }

  #keep(row) {
    if (!this.latest.has(row.thing)) this.latest.set(row.thing, new Map());
    const of = this.latest.get(row.thing);
    const held = of.get(row.observed_property);
    if (held && (held.time > row.time || same(held, row))) return false;
    of.set(row.observed_property, row);
    return true;
  }

  /** Count the observations of the last minute. */
  perMinute() {
    const since = Date.now() - 60_000;
    this.#arrivals = this.#arrivals.filter(([when]) => when > since);
    return this.#arrivals.reduce((sum, [, n]) => sum + n, 0);
  }

  /** Give the newest observation of a thing's property, or nothing. */
  observation(thing, property) {
    return this.latest.get(thing)?.get(property);
  }

  /** Give what is known of a property; an undeclared one is known by its name alone. */
  property(name) {
    return this.properties.get(name) ?? { name, title: name, unit: "", series: "gauge", categories: [] };
  }

  /** Name the property that speaks for a kind. */
  headline(kind) {
    return HEADLINE[kind] ?? this.kinds.get(kind)?.properties[0]?.name ?? "";
  }

  /** Name the properties that speak for the kinds of which there are things. */
  headlines() {
    return [...new Set([...this.things.values()].map((thing) => this.headline(thing.kind)))].filter(Boolean);
  }

  /** Name the domains, in the order in which the page shows them. */
  domains() {
    const order = ["parking", "waste", "energy"];
    const declared = [...new Set([...this.kinds.values()].map((kind) => kind.domain))];
    return [...order.filter((name) => declared.includes(name)), ...declared.filter((name) => !order.includes(name))];
  }

  /** Give the things of a domain, or of one kind in it. */
  of(domain, kind = "") {
    return [...this.things.values()].filter((thing) => thing.domain === domain && (!kind || thing.kind === kind));
  }
}

/** The name of a result ends with its window, and what happened has none: `peak_occupancy_time_day`, `emptyings_event`. */
function derived(indicator, name) {
  const window = indicator.windows.find((one) => name.endsWith(`_${one}`));
  return {
    name,
    window,
    indicator,
    get title() { return window ? `${indicator.title} (${windowName(window)})` : indicator.title; },
    get title_de() { return window ? `${indicator.title_de} (${windowName(window)})` : indicator.title_de; },
    unit: indicator.unit,
    series: "gauge",
    categories: [],
  };
}

function same(a, b) {
  return a.time === b.time && a.result === b.result && a.quality === b.quality && a.revision === b.revision;
}
