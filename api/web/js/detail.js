/** The panel of one thing: what it says now, how it went, and the facts. */

import { all, observations } from "./api.js";
import { Chart } from "./chart.js";
import { el, flash, mark, say } from "./dom.js";
import { age, DAY, moment, number, value } from "./format.js";
import { known, language, t, title } from "./i18n.js";
import { holds } from "./judge.js";
import { onView, show, SPANS, view } from "./view.js";

const UNITS = { capacity: "", distance_empty_mm: "mm", distance_full_mm: "mm", capacity_l: "l", floor_area_m2: "m²", max_power_kw: "kW", counter_modulus_kwh: "kWh" };
const FULL_PAGE = 20_000;
const REDRAW_MS = 700;

export class Detail {
  #asked = 0;
  #streams = [];
  #later = null;

  constructor(host, { city, onProblem }) {
    Object.assign(this, { host, city, onProblem });
    host.addEventListener("keydown", (event) => event.key === "Escape" && this.#close());
    onView((changed) => this.#follow(changed));
  }

  #follow(changed) {
    if (changed.has("thing")) {
      this.opener = document.activeElement?.closest("#tasks") && document.activeElement;
      this.build(true);
    } else if (this.thing && (changed.has("property") || changed.has("span"))) this.#load();
  }

  #close() {
    const row = document.querySelector(`#list [data-thing="${CSS.escape(view.thing)}"] .open`);
    const back = this.opener?.isConnected ? this.opener : row;
    show({ thing: "", property: "" });
    back?.focus();
  }

  /** Build the panel of the thing in view, or put it away. */
  build(focus = false) {
    this.thing = this.city.things.get(view.thing);
    this.#streams = [];
    this.host.hidden = !view.thing;
    document.body.classList.toggle("has-detail", Boolean(view.thing));
    if (!view.thing) return;
    this.host.replaceChildren(...(this.thing ? this.#parts() : [this.#lost()]));
    if (focus) this.host.focus({ preventScroll: matchMedia("(min-width: 60rem)").matches });
    if (this.thing) this.#learn();
  }

  #lost() {
    return el("header", {}, el("h2", {}, t("notFound", { id: view.thing })), this.#closer());
  }

  #closer() {
    return el("button", { type: "button", class: "close", "aria-label": t("close"), title: t("close"), click: () => this.#close() }, "×");
  }

  #parts() {
    const { thing } = this;
    this.values = el("dl", { class: "values", "aria-label": t("nowValues") });
    this.controls = el("div", { class: "controls" });
    this.area = el("div", { class: "chart-area" });
    this.note = el("p", { class: "note" });
    this.definition = el("details", { class: "facts", hidden: "" });
    this.chart = new Chart(this.area);
    const kind = title(this.city.kinds.get(thing.kind) ?? { name: thing.kind });
    return [
      el("header", {}, el("div", {}, el("h2", {}, thing.name), el("p", { class: "muted" }, [kind, thing.district].filter(Boolean).join(" · "))), this.#closer()),
      this.values, this.controls, this.area, this.note, this.definition, this.#facts(),
    ];
  }

  #facts() {
    const { thing } = this;
    const rows = [
      [t("operator"), thing.operator],
      ...Object.entries(thing.properties).map(([name, fact]) => [known(name) ? t(name) : name, factText(name, fact)]),
      [t("location"), `${number(thing.location.latitude, 4)}° N, ${number(thing.location.longitude, 4)}° E`],
      [t("openData"), t(thing.public ? "yes" : "no")],
      ["ID", thing.id],
    ].filter(([, fact]) => fact !== "");
    return el("details", { class: "facts" }, el("summary", {}, t("facts")), el("dl", {}, ...rows.flatMap(([name, fact]) => [el("dt", {}, name), el("dd", {}, fact)])));
  }

  /** Learn which datastreams the thing has, then draw the one in view. */
  async #learn() {
    const asked = (this.#asked += 1);
    say(this.note, t("loading"));
    try {
      const streams = await all("/v1/datastreams", "datastreams", { thing: this.thing.id });
      if (asked !== this.#asked) return;
      this.#streams = streams;
      for (const stream of streams) Object.assign(this.city.property(stream.observed_property), { series: stream.series ?? "gauge" });
      this.#fillValues();
      this.#fillControls();
      await this.#load();
    } catch (problem) {
      this.onProblem(problem, () => this.#learn());
    }
  }

  get property() {
    const names = this.#streams.map((stream) => stream.observed_property);
    if (names.includes(view.property)) return view.property;
    const headline = this.city.headline(this.thing.kind);
    return names.includes(headline) ? headline : (names[0] ?? "");
  }

  #fillValues() {
    const measured = this.#streams.filter((stream) => !stream.derived).map((stream) => stream.observed_property);
    const declared = (this.city.kinds.get(this.thing.kind)?.properties ?? []).map((property) => property.name);
    const order = [this.city.headline(this.thing.kind), ...declared];
    const rank = (name) => (order.includes(name) ? order.indexOf(name) : order.length);
    measured.sort((a, b) => rank(a) - rank(b));
    this.values.replaceChildren(...[...measured, ...this.#computed()].map((name) => this.#value(name)));
  }

  /** Name one datastream of each indicator of the thing: of hours, or of whatever there is. */
  #computed() {
    const held = new Set(this.#streams.map((stream) => stream.observed_property));
    const named = this.city.indicators.map(({ windows, properties }) => {
      const hourly = properties[windows.indexOf("hour")];
      return held.has(hourly) ? hourly : properties.find((name) => held.has(name));
    });
    return named.filter(Boolean);
  }

  #value(name) {
    const property = this.city.property(name);
    const shown = el("div", { "data-property": name, click: () => show({ property: name }) }, el("dt", {}, title(property)), el("dd", {}, el("span", { class: "result" }), el("small")));
    this.#fillValue(shown, property);
    return shown;
  }

  #fillValue(shown, property) {
    const seen = this.city.observation(this.thing.id, property.name);
    if (!seen) return;
    const old = Date.now() - seen.time;
    mark(shown, "data-result", seen.result);
    mark(shown, "data-stale", old > holds(property) && "true");
    say(shown.querySelector(".result"), value(seen.result, property));
    const flag = seen.quality >= 3 ? ` · ${t(seen.quality_name)}` : "";
    say(shown.querySelector("small"), `${old < 60_000 ? t("justNow") : t("ago", { age: age(old) })}${flag}`);
    mark(shown, "title", moment(seen.time));
  }

  #fillControls() {
    const group = (label, derived) => {
      const streams = this.#streams.filter((stream) => stream.derived === derived);
      const options = streams.map(({ observed_property: name }) => el("option", { value: name }, title(this.city.property(name))));
      return options.length ? el("optgroup", { label }, ...options) : null;
    };
    const change = (event) => show({ property: event.target.value });
    const choose = el("select", { class: "field", id: "property", "aria-label": t("property"), change }, group(t("measured"), false), group(t("indicators"), true));
    choose.value = this.property;
    const spans = Object.keys(SPANS).map((span) => el("button", { type: "button", "data-span": span, click: () => show({ span }) }, spanName(span)));
    this.controls.replaceChildren(choose, el("div", { class: "spans", role: "group", "aria-label": t("span") }, ...spans));
  }

  /** Fetch and draw the property and span in view. */
  async #load() {
    const asked = (this.#asked += 1);
    const name = this.property;
    if (!name) return say(this.note, t("noneYet"));
    for (const button of this.controls.querySelectorAll("[data-span]")) mark(button, "aria-pressed", `${button.dataset.span === view.span}`);
    this.controls.querySelector("#property").value = name;
    const [start, end] = this.#spanOf(name);
    try {
      const layers = await Promise.all([name, ...this.#beside(name)].map((each) => this.#layer(each, start, end)));
      if (asked === this.#asked) this.#draw(layers, start, end);
    } catch (problem) {
      this.onProblem(problem, () => this.#load());
    }
    return undefined;
  }

  /** Give the span to show: up to now, or up to the newest observation where that is long ago. */
  #spanOf(name) {
    const length = SPANS[view.span];
    const newest = Date.parse(this.#streams.find((stream) => stream.observed_property === name).last);
    const seen = this.city.observation(this.thing.id, name)?.time ?? newest;
    const now = Date.now();
    const end = now - seen > length || seen > now ? seen + length / 48 : now;
    return [end - length, end];
  }

  /** Name the indicator that may be drawn behind a measured property: made of it, in its unit, of hours. */
  #beside(name) {
    const { unit, indicator } = this.city.property(name);
    if (indicator) return [];
    const fits = this.city.indicators.find((each) => each.inputs.includes(name) && each.unit === unit && each.windows.includes("hour"));
    const wanted = fits?.properties[fits.windows.indexOf("hour")];
    return this.#streams.some((stream) => stream.observed_property === wanted) ? [wanted] : [];
  }

  async #layer(name, start, end) {
    const property = this.city.property(name);
    const reach = property.window ? { "15min": DAY / 96, hour: DAY / 24, day: DAY }[property.window] : Math.min(holds(property), DAY);
    const page = await observations(this.thing.id, name, start - reach, end + 1);
    return { property, rows: page.observations, cut: Boolean(page.next) };
  }

  #draw(layers, start, end) {
    const { property } = layers[0];
    const within = layers[0].rows.filter((row) => row.time >= start);
    this.area.hidden = !within.length;
    if (within.length) this.chart.show(layers.map((layer) => ({ ...layer, rows: seeded(layer, start) })), start, end, this.#top(property));
    const flagged = within.filter((row) => row.quality === 3 || row.quality === 4).length;
    const remarks = [
      within.length ? "" : t("noObservations"),
      flagged ? t("flagged", { n: number(flagged) }) : "",
      layers[0].cut ? t("truncated", { n: number(FULL_PAGE) }) : "",
    ].filter(Boolean);
    this.#define(property);
    const query = new URLSearchParams({ thing: this.thing.id, property: property.name, from: new Date(start).toISOString(), to: new Date(end).toISOString(), format: "csv" });
    this.note.replaceChildren(remarks.join(" · "), remarks.length ? " · " : "", el("a", { href: `/v1/observations?${query}`, download: "", lang: language() }, t("download")));
  }

  /** Say what an indicator means and where that comes from. */
  #define({ indicator }) {
    this.definition.hidden = !indicator;
    if (!indicator) return;
    const source = `${indicator.name}, ${t("version")} ${indicator.version} · ${indicator.source}`;
    this.definition.replaceChildren(el("summary", {}, t("definition")), el("p", { lang: "en" }, indicator.description), el("p", { class: "muted", lang: "en" }, source));
  }

  /** Give the greatest value there can be: all spaces, or a full container. */
  #top({ unit }) {
    return { "%": 100, "{space}": Number(this.thing.properties.capacity) || undefined }[unit];
  }

  /** Show what came in: the values at once, the chart a little later. */
  touch(ids) {
    if (!this.thing || !ids.has(this.thing.id)) return;
    for (const shown of this.values.children) {
      const before = shown.dataset.result;
      this.#fillValue(shown, this.city.property(shown.dataset.property));
      if (before !== shown.dataset.result) flash(shown);
    }
    this.#later ??= setTimeout(() => this.#again(), REDRAW_MS);
  }

  /** Draw anew what may have changed, late observations and restated indicators too. */
  #again() {
    this.#later = null;
    if (!this.thing) return;
    if (this.#streams.length) this.#load();
    else this.#learn();
  }

  /** Let ages grow. */
  refresh() {
    if (!this.thing) return;
    for (const shown of this.values.children) this.#fillValue(shown, this.city.property(shown.dataset.property));
  }
}

function seeded({ rows, property }, start) {
  const first = rows.findIndex((row) => row.time >= start);
  const seed = property.series === "state" || property.window ? Math.max(0, first - 1) : Math.max(0, first);
  return rows.slice(seed);
}

function spanName(span) {
  return language() === "de" ? span.replace("d", "\u00a0T").replace("h", "\u00a0h") : span.replace(/([hd])/, "\u00a0$1");
}

function factText(name, fact) {
  if (typeof fact === "string") return known(fact) ? t(fact) : fact;
  if (typeof fact === "number") return [number(fact, 1), UNITS[name] ?? ""].filter(Boolean).join("\u00a0");
  return typeof fact === "boolean" ? t(fact ? "yes" : "no") : JSON.stringify(fact);
}
