/** What a thing says now: its measured properties, and its indicators; choosing one shows its history. */

import { el, flash, mark, say } from "./dom.js";
import { ago, moment, value } from "./format.js";
import { t, title } from "./i18n.js";
import { holds } from "./judge.js";
import { show } from "./view.js";

/** How sensors are and what is foretold is told in places of their own. */
const ELSEWHERE = (indicator) => indicator.domain === HEALTH || isOfForecast(indicator);

export class Values {
  constructor(city) {
    this.city = city;
    this.element = el("dl", { class: "values", "aria-label": t("nowValues") });
  }

  /** Fill in the values of a thing: at most so many of its indicators. */
  fill(thing, streams, indicators = Infinity) {
    this.thing = thing;
    const measured = streams.filter((stream) => !stream.derived).map((stream) => stream.observed_property);
    const declared = (this.city.kinds.get(thing.kind)?.properties ?? []).map((property) => property.name);
    const order = [this.city.headline(thing.kind), ...declared];
    const rank = (name) => (order.includes(name) ? order.indexOf(name) : order.length);
    measured.sort((a, b) => rank(a) - rank(b));
    const computed = this.#computed(streams).slice(0, indicators);
    this.element.replaceChildren(...measured.map((name) => this.#value(name, "measured")), ...computed.map((name) => this.#value(name, "computed")));
  }

  /** Name one datastream of each indicator of the thing: of hours, or of whatever there is; its parts are not named. */
  #computed(streams) {
    const held = new Set(streams.map((stream) => stream.observed_property));
    const told = this.city.indicators.filter((indicator) => !ELSEWHERE(indicator));
    return told.map(({ name, windows }) => ["hour", ...windows].map((window) => `${name}_${window}`).find((one) => held.has(one))).filter(Boolean);
  }

  #value(name, place) {
    const property = this.city.property(name);
    const choose = () => show({ property: name });
    const shown = el("div", { class: place, "data-property": name },
      el("dt", {}, el("button", { type: "button", class: "choose", click: choose }, title(property))),
      el("dd", {}, el("span", { class: "result" }), el("small")));
    this.#write(shown, property);
    return shown;
  }

  #write(shown, property) {
    const seen = this.city.observation(this.thing.id, property.name);
    if (!seen) return;
    const old = Date.now() - seen.time;
    mark(shown, "data-result", seen.result);
    mark(shown, "data-stale", old > holds(property) && "true");
    say(shown.querySelector(".result"), value(seen.result, property).replace("\u00a0", " "));
    const flag = seen.quality >= 3 ? ` · ${t(seen.quality_name)}` : "";
    say(shown.querySelector("small"), `${ago(old)}${flag}`);
    mark(shown, "title", moment(seen.time));
  }

  /** Bring values and ages up to date; what has changed glows where that is wanted. */
  refresh(glow = false) {
    for (const shown of this.element.children) {
      const before = shown.dataset.result;
      this.#write(shown, this.city.property(shown.dataset.property));
      if (glow && before !== shown.dataset.result) flash(shown);
    }
  }
}

/** The domain of indicators that tell how sensors are. */
export const HEALTH = "health";

/** Tell whether an indicator is a forecast's model, its report card or what is served. */
export function isOfForecast({ name, inputs }) {
  return ["_model", "_skill", "_held"].some((part) => name.endsWith(part)) || inputs.some((input) => input.includes("_model_"));
}
