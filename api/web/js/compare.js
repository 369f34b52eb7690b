/** The choice of another thing to compare with, found by its name, and of what of it is drawn. */

import { el } from "./dom.js";
import { t, title } from "./i18n.js";
import { HEALTH, isOfForecast } from "./values.js";
import { show, view } from "./view.js";

const SUGGESTED = 40;
const collator = new Intl.Collator("de", { numeric: true });

export class Compare {
  constructor(city) {
    this.city = city;
    this.element = el("div", { class: "compare", role: "group", "aria-label": t("compare") });
  }

  /** Offer what a thing can be compared with, or show what it is: `streams` are the other one's. Who types is not disturbed. */
  build(thing, streams) {
    const built = `${thing.id} ${view.with} ${streams.length}`;
    if (built === this.built) return;
    Object.assign(this, { thing, built });
    const parts = view.with ? this.#chosen(streams) : [this.#search()];
    this.element.replaceChildren(...parts);
  }

  #search() {
    const offers = el("datalist", { id: "compare-offers" });
    const field = el("input", { type: "search", class: "field", id: "compare", list: "compare-offers", placeholder: t("compareHint"), "aria-label": t("compareHint"), autocomplete: "off" });
    const offer = () => offers.replaceChildren(...this.#found(field.value).map((thing) => el("option", { value: this.#nameOf(thing) }, thing.district)));
    field.addEventListener("focus", offer);
    field.addEventListener("input", () => (this.#take(field.value) ? undefined : offer()));
    field.addEventListener("keydown", (event) => event.key === "Enter" && this.#take(field.value, true));
    return el("span", { class: "compare-search" }, field, offers);
  }

  /** Find things by a part of their name, those of the same kind first. */
  #found(words) {
    const wanted = words.trim().toLocaleLowerCase();
    const fits = [...this.city.things.values()].filter((thing) => thing.id !== this.thing.id && this.#nameOf(thing).toLocaleLowerCase().includes(wanted));
    const alike = ({ kind, domain }) => 2 * (kind !== this.thing.kind) + (domain !== this.thing.domain);
    return fits.sort((a, b) => alike(a) - alike(b) || collator.compare(a.name, b.name)).slice(0, SUGGESTED);
  }

  /** Names that several things have are told apart by the id. */
  #nameOf(thing) {
    this.names ??= namesakes(this.city.things.values());
    return this.names.get(thing.name) > 1 ? `${thing.name} · ${thing.id}` : thing.name;
  }

  /** Take a thing whose name was chosen or written out; with `first` the first that fits. */
  #take(words, first = false) {
    const found = this.#found(words);
    const other = found.find((thing) => this.#nameOf(thing) === words.trim()) ?? (first && words.trim() ? found[0] : undefined);
    if (other) show({ with: other.id, other: "" });
    return Boolean(other);
  }

  #chosen(streams) {
    const name = this.city.things.get(view.with)?.name ?? view.with;
    const end = () => {
      show({ with: "", other: "" });
      this.element.querySelector("input")?.focus();
    };
    const choose = el("select", { class: "field", id: "other", "aria-label": t("otherProperty", { name }), change: (event) => show({ other: event.target.value }) }, ...options(streams, this.city));
    return [
      el("span", { class: "chip compared" }, t("comparedWith", { name }), el("button", { type: "button", class: "end-compare", "aria-label": t("endCompare"), title: t("endCompare"), click: end }, "×")),
      streams.length ? choose : null,
    ].filter(Boolean);
  }

  /** Say which property of the other thing is drawn. */
  choose(name) {
    const choice = this.element.querySelector("#other");
    if (choice) choice.value = name;
  }
}

function namesakes(things) {
  const counted = new Map();
  for (const { name } of things) counted.set(name, (counted.get(name) ?? 0) + 1);
  return counted;
}

/** Offer datastreams in groups, each by title: what is measured, computed of it, foretold, and how the sensor is. */
export function options(streams, city) {
  const groups = { measured: [], indicators: [], forecast: [], sensor: [] };
  for (const { observed_property: name, derived } of streams) groups[groupOf(city.property(name), derived)].push([name, title(city.property(name))]);
  return Object.entries(groups).filter(([, named]) => named.length).map(([word, named]) => {
    named.sort((a, b) => collator.compare(a[1], b[1]));
    return el("optgroup", { label: t(word) }, ...named.map(([value, words]) => el("option", { value }, words)));
  });
}

function groupOf({ indicator }, derived) {
  if (!indicator) return derived ? "indicators" : "measured";
  if (isOfForecast(indicator)) return "forecast";
  return indicator.domain === HEALTH ? "sensor" : "indicators";
}
