/** What public buildings used on the newest whole day, for residents: by floor area, and against a week before. */

import { gently, get } from "./api.js";
import { el, mark, say } from "./dom.js";
import { day, DAY, HOUR, MINUTE, number, parts, percent } from "./format.js";
import { t } from "./i18n.js";
import { onView, show, view } from "./view.js";

const ENERGY = "energy_day";
const RENEW_MS = 15 * MINUTE;
/** A day begins within so much of the same time a week before, also where the clocks were set meanwhile. */
const CLOCKS_MS = 2 * HOUR;
/** Less than this share more or less is the same. */
const ALIKE = 0.02;
const KILOWATT_HOUR = { unit: "kWh" };

export class Buildings {
  #newest = 0;
  #now = new Map();
  #before = new Map();
  #asked = 0;
  #wanted = false;

  constructor(host, { city }) {
    Object.assign(this, { host, city });
    onView((changed) => {
      if (changed.has("domain")) this.#appear();
      if (changed.has("thing")) this.#choose();
    });
  }

  /** Show it from now on where energy is looked at. */
  begin() {
    this.#wanted = true;
    this.renew();
  }

  /** Build it in the language in use. */
  build() {
    this.when = el("p", { class: "muted" });
    this.total = el("p", { class: "received" });
    this.rows = el("ol", { class: "buildings" });
    this.host.replaceChildren(el("h2", { id: "buildings-title" }, t("buildings")), this.when, this.total, this.rows);
    this.#fill();
  }

  /** Ask for the newest day and the one a week before, unless what is known is fresh. */
  async renew(now = Date.now()) {
    if (!this.#wanted || now - this.#asked < RENEW_MS) return;
    this.#asked = now;
    try {
      this.#now = byThing(await gently(() => ask({})));
      this.#newest = Math.max(0, ...[...this.#now.values()].map(({ time }) => time));
      const at = new Date(this.#newest - 7 * DAY + CLOCKS_MS).toISOString();
      this.#before = this.#newest ? byThing(await gently(() => ask({ at }))) : new Map();
    } catch {
      this.#asked = 0;
    }
    this.#fill();
  }

  #fill() {
    const known = this.#known();
    const most = Math.max(...known.map((one) => one.perArea ?? 0));
    say(this.when, t("buildingsWhen", { day: day(this.#newest) }));
    this.total.replaceChildren(...total(known));
    this.rows.replaceChildren(...known.map((one) => row(one, most)));
    this.#empty = !known.length;
    this.#appear();
    this.#choose();
  }

  #empty = true;

  /** Give the buildings of which the newest day is known, the hungriest for their size first. */
  #known() {
    const rows = [...this.#now].filter(([id, { time, result }]) => time === this.#newest && result !== null && this.city.things.has(id));
    return rows.map(([id, { result }]) => building(this.city.things.get(id), result, this.#weekBefore(id)))
      .sort((a, b) => (b.perArea ?? -1) - (a.perArea ?? -1) || b.used - a.used);
  }

  #weekBefore(id) {
    const seen = this.#before.get(id);
    return seen && Math.abs(this.#newest - 7 * DAY - seen.time) <= CLOCKS_MS ? seen.result : null;
  }

  #appear() {
    this.host.hidden = !this.#wanted || this.#empty || view.domain !== "energy";
  }

  #choose() {
    for (const row of this.rows?.children ?? []) mark(row, "aria-current", row.dataset.thing === view.thing && "true");
  }
}

async function ask(at) {
  return get("/v1/latest", { kind: "energy_meter", property: ENERGY, fields: "thing,phenomenon_time,result", ...at });
}

function byThing({ observations }) {
  return new Map(observations.map(({ thing, phenomenon_time, result }) => [thing, { time: Date.parse(phenomenon_time), result }]));
}

function building(thing, used, before) {
  const area = Number(thing.properties.floor_area_m2) || null;
  return { thing, used, before, perArea: area && (1000 * used) / area, change: before > 0 ? used / before - 1 : null };
}

function total(known) {
  const [figure, unit] = parts(known.reduce((sum, { used }) => sum + used, 0), KILOWATT_HOUR);
  const both = known.filter(({ before }) => before !== null);
  const sum = (name) => both.reduce((all, one) => all + one[name], 0);
  const change = sum("before") > 0 ? sum("used") / sum("before") - 1 : null;
  return [el("strong", {}, `${figure} ${unit}`), ` ${t("buildingsTotal", { n: number(known.length) })} `, changed(change)];
}

function row({ thing, used, perArea, change }, most) {
  const [figure, unit] = parts(used, KILOWATT_HOUR);
  const bar = el("span", { class: "bar" }, el("span", { class: "bar-fill" }));
  bar.firstChild.style.inlineSize = `${(100 * (perArea ?? 0)) / (most || 1)}%`;
  const open = () => show({ domain: thing.domain, thing: thing.id, property: ENERGY });
  return el("li", { "data-thing": thing.id },
    el("button", { type: "button", class: "open", click: open }, thing.name),
    el("span", { class: "result" }, perArea === null ? "–" : `${number(perArea)} Wh/m²`),
    bar,
    el("small", {}, `${figure} ${unit} · `, changed(change)));
}

/** Say how much more or less it is than a week before, with a shape, not a colour alone. */
function changed(change) {
  if (change === null) return el("span", { class: "change" }, t("changeUnknown"));
  const way = Math.abs(change) < ALIKE ? "same" : change > 0 ? "more" : "less";
  const sign = { same: "=", more: "▲", less: "▼" }[way];
  return el("span", { class: "change", "data-change": way }, `${sign} ${t(`change:${way}`, { n: percent(Math.abs(change)) })}`);
}
