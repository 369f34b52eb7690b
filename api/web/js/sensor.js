/** How far a thing's sensor can be believed: whether it is well and why not, what it delivers, and which values were doubted. */

import { get } from "./api.js";
import { el } from "./dom.js";
import { isHousehold } from "./facts.js";
import { ago, day, duration, MINUTE, moment, number, value } from "./format.js";
import { language, t, title } from "./i18n.js";
import { glyph, reshape } from "./icons.js";

/** What is told of the last day, as it was computed. */
const TOLD = ["completeness_day", "doubtful_share_day", "doubtful_share_refused_day", "latency_p95_day", "lost_uplinks_day", "battery_days_left_level_day", "battery_days_left_day"];
const INTERVAL = "expected_interval_day";
const LEVEL = { ok: "good", watch: "watch", visit: "act" };
const FLAGS = [[1, "good"], [2, "unknown"], [3, "suspect"], [4, "fail"], [9, "missing"]];
const MOST_DOUBTED = 6;

export class Sensor {
  #asked = 0;

  constructor(city, reads) {
    Object.assign(this, { city, reads });
    this.state = el("div");
    this.delivered = el("dl", { class: "marks" });
    this.flags = el("div", { class: "flag-counts" });
    this.element = el("section", { class: "card sensor" });
  }

  /** Show a thing's sensor; whether it is well is told to those who may read it. */
  of(thing) {
    this.thing = thing;
    this.state.replaceChildren();
    this.flags.replaceChildren();
    this.element.replaceChildren(el("h3", {}, t("quality")), this.state, this.delivered, this.flags);
    this.refresh();
    if (this.reads()) this.#ask();
  }

  async #ask() {
    const asked = (this.#asked += 1);
    const { visits } = await get("/v1/visits", { thing: this.thing.id, least: "ok" }).catch((problem) => ({ visits: [], problem: problem.message }));
    if (asked !== this.#asked) return;
    const [found] = visits;
    this.state.replaceChildren(...(found ? [this.#verdict(found)] : []));
  }

  #verdict({ state, reasons, reasons_de: german }) {
    const shape = glyph(LEVEL[state]);
    reshape(shape, LEVEL[state], 1);
    const why = (language() === "de" ? german : reasons).join("; ");
    return el("p", { class: "verdict", "data-level": LEVEL[state], "data-state": state }, shape, el("span", {}, el("strong", {}, t(`sensor:${state}`)), why ? ` · ${why}` : ""));
  }

  /** Bring numbers and silence up to date. */
  refresh() {
    const seen = TOLD.map((name) => [name, this.city.observation(this.thing.id, name)]).filter(([, row]) => row && row.result !== null);
    const rows = seen.map(([name, row]) => fact(title(this.city.property(name)), value(row.result, this.city.property(name)), day(row.time)));
    this.delivered.replaceChildren(...this.#silence(), ...rows);
  }

  #silence() {
    const heard = Math.max(0, ...[...(this.city.latest.get(this.thing.id)?.values() ?? [])].filter((row) => !row.derived).map((row) => row.time));
    if (!heard) return [fact(t("lastHeard"), t(isHousehold(this.thing) ? "notTold" : "never"), "")];
    const usual = this.city.observation(this.thing.id, INTERVAL)?.result;
    const often = usual ? t("usually", { time: duration(usual * MINUTE) }) : "";
    const old = Date.now() - heard;
    return [fact(t("lastHeard"), ago(old), often)];
  }

  /** Count the flags of what a chart shows, and list what was doubted. */
  judge({ layers: [front], span: [start] }) {
    const head = el("h4", {}, t("flagsOf", { name: title(front.property) }));
    if (front.property.summed) return this.flags.replaceChildren(head, el("p", { class: "muted" }, t("flagsSummed")));
    const rows = front.rows.filter((row) => row.time >= start);
    const counts = FLAGS.map(([flag, name]) => [name, rows.filter((row) => row.quality === flag).length]).filter(([, n]) => n);
    const doubted = rows.filter((row) => row.quality === 3 || row.quality === 4).reverse();
    const shown = doubted.slice(0, MOST_DOUBTED).map((row) => el("li", { "data-quality": row.quality }, `${moment(row.time)} · ${value(row.result, front.property)} · ${t(row.quality_name)}${row.quality === 4 ? ` (${t("leftOut")})` : ""}`));
    return this.flags.replaceChildren(head,
      el("p", {}, counts.length ? counts.map(([name, n]) => `${number(n)} ${t(name)}`).join(" · ") : t("noObservations")),
      shown.length ? el("ul", { class: "doubted" }, ...shown) : "",
      doubted.length > MOST_DOUBTED ? el("p", { class: "muted" }, t("furtherDoubted", { n: number(doubted.length - MOST_DOUBTED) })) : "");
  }
}

function fact(name, words, note) {
  return el("div", {}, el("dt", {}, name), el("dd", {}, words, note ? el("small", {}, ` ${note}`) : ""));
}
