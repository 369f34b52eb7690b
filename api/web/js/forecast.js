/** What is foretold of a thing, drawn beside what really was, and the report card: how right such forecasts were. */

import { get, unlessHousehold } from "./api.js";
import { Chart } from "./chart.js";
import { el, mark, renew, say } from "./dom.js";
import { DAY, fine, fullDay, HOUR, moment, number, percent, value } from "./format.js";
import { t } from "./i18n.js";
import { windowEnd, windowsLater } from "./series.js";

const LENGTHS = { "15min": DAY / 2, hour: 3 * DAY, day: 21 * DAY };
const MEANT = 0.8;

export class Forecasts {
  #asked = 0;
  #said = "";
  #forecasts = [];

  constructor({ city, onProblem }) {
    Object.assign(this, { city, onProblem });
    this.element = el("section", { class: "card forecast", hidden: "" });
  }

  /** Ask what is foretold of a thing; of most kinds nothing is, and nothing is shown. */
  async of(thing) {
    const asked = (this.#asked += 1);
    this.thing = thing;
    try {
      const { forecasts } = await get("/v1/forecasts", { thing: thing.id }).catch(unlessHousehold({ forecasts: [] }));
      const said = JSON.stringify(forecasts);
      if (asked !== this.#asked || said === this.#said) return;
      this.#said = said;
      this.#forecasts = forecasts;
      this.element.hidden = !forecasts.length;
      if (forecasts.length) this.#build();
    } catch (problem) {
      if (asked === this.#asked) this.onProblem(problem, () => this.of(thing));
    }
  }

  #build() {
    const known = this.#forecasts.filter(({ made }) => made);
    if (!this.#forecasts.some(({ name }) => name === this.name)) this.name = (known.at(-1) ?? this.#forecasts[0]).name;
    const buttons = this.#forecasts.map((one) => el("button", { type: "button", "data-ahead": one.name, "aria-pressed": `${one.name === this.name}`, click: () => this.#turn(one.name) }, ahead(one)));
    this.area = el("div", { class: "chart-area", hidden: "" });
    this.chart = new Chart(this.area);
    this.words = el("p", { class: "foretold-words" });
    const one = this.#forecasts.find(({ name }) => name === this.name);
    renew(this.element,
      el("header", {}, el("h3", {}, t("forecast")), buttons.length > 1 ? el("div", { class: "spans", role: "group", "aria-label": t("ahead") }, ...buttons) : ""),
      this.words, this.area, key(), ...card(one), this.#definition(one));
    say(this.words, sentence(one));
    if (one.made) this.#draw(one);
  }

  #definition({ description, name, version, source }) {
    return el("details", { class: "facts" }, el("summary", {}, t("definition")), el("p", { lang: "en" }, description), el("p", { class: "muted", lang: "en" }, `${name}, ${t("version")} ${version} · ${source}`));
  }

  #turn(name) {
    this.name = name;
    this.#build();
  }

  /** Draw what was served for each window beside what then was, and what is to come. */
  async #draw(one) {
    const asked = (this.#asked += 1);
    const end = Date.parse(one.end);
    const start = end - LENGTHS[one.window];
    const { properties } = one;
    const query = { thing: this.thing.id, property: Object.values(properties).join(","), from: new Date(start - 2 * (end - Date.parse(one.made)) - HOUR).toISOString(), to: one.end };
    const rows = await everyRow(query).catch((problem) => this.onProblem(problem, () => this.#draw(one)));
    if (asked !== this.#asked || !rows) return;
    this.area.hidden = false;
    this.chart.show(layersOf(one, rows, this.city, start), start, end + (end - start) * 0.02, { known: Date.parse(one.made) });
  }
}

async function everyRow(query) {
  let page = await get("/v1/observations", { ...query, limit: 20000 });
  const rows = [...page.observations];
  while (page.next) {
    page = await get(page.next);
    rows.push(...page.observations);
  }
  return rows;
}

/** Lay the rows out: what was observed in its window, what was foretold in the window that was meant. */
function layersOf(one, rows, city, start) {
  const of = (name) => new Map(rows.filter((row) => row.observed_property === name).map((row) => [Date.parse(row.phenomenon_time), row]));
  const [value, low, high, observed] = ["value", "low", "high", "observed"].map((part) => of(one.properties[part]));
  const drawn = { ...city.property(one.properties.value), unit: one.unit, window: one.window, series: "gauge", summed: true, fromZero: false };
  const told = [...value].map(([time, row]) => ({
    ...row, time: windowsLater(time, one.window, one.steps), low: low.get(time)?.result, high: high.get(time)?.result, coverage: null,
  }));
  const was = [...observed].map(([time, row]) => ({ ...row, time, coverage: null }));
  const within = (row) => windowEnd(row.time, one.window) > start;
  return [
    { property: drawn, rows: told.filter(within), place: "foretold", title: t("forecast") },
    { property: drawn, rows: was.filter(within), place: "front", title: t("observed") },
  ];
}

/** Say how far ahead a forecast looks. */
function ahead({ window, steps }) {
  if (window === "day") return steps === 1 ? t("tomorrow") : t("inDays", { n: number(steps) });
  const hours = (steps * gapless(window)) / HOUR;
  return hours < 1 || hours % 1 ? t("inMinutes", { n: number(60 * hours) }) : t("inHours", { n: number(hours) });
}

function gapless(window) {
  return window === "hour" ? HOUR : HOUR / 4;
}

function sentence(one) {
  if (!one.made || one.value === null) return t("notForetold");
  const property = { unit: one.unit, series: "gauge" };
  const start = Date.parse(one.start);
  const words = { value: value(one.value, property), time: one.window === "day" ? fullDay(start) : moment(start) };
  const between = one.low === null ? "" : t("foretoldBetween", { low: value(one.low, property), high: value(one.high, property) });
  return [t(one.window === "day" ? "foretoldDay" : "foretold", words), between].filter(Boolean).join(" ");
}

function key() {
  return el("p", { class: "key" }, ...["front", "foretold"].map((place) => el("span", { class: place }, t(place === "front" ? "observed" : "forecast"))), el("span", { class: "of-band" }, t("bandMeans")));
}

/** Write the report card: which forecast is served and why, the errors beside each other, and how often the band held. */
function card({ card: scores, served, unit }) {
  const head = el("h4", {}, t("reportCard"));
  if (!scores || scores.skill === null) return [head, el("p", { class: "muted" }, t("noCard"))];
  const error = (mae) => (mae === null ? "–" : fine(mae, { unit }));
  const rows = [["model", scores.mae], ["persistence", scores.mae_persistence], ["last_week", scores.mae_last_week]];
  const lines = rows.map(([name, mae]) => {
    const row = el("tr", { "data-source": name }, el("th", { scope: "row" }, t(`source:${name}`)), el("td", {}, error(mae)), el("td", {}, name === served ? t("servedNow") : ""));
    mark(row, "aria-current", name === served && "true");
    return row;
  });
  const heads = ["colSource", "colMae", ""].map((word) => (word ? el("th", { scope: "col" }, t(word)) : el("td")));
  return [
    head,
    el("p", { class: served === "model" ? "muted" : "served-naive" }, servedWords(served, scores)),
    el("table", { class: "rows scores", "aria-label": t("reportCard") }, el("thead", {}, el("tr", {}, ...heads)), el("tbody", {}, ...lines)),
    el("dl", { class: "marks" },
      el("div", {}, el("dt", {}, t("skill")), el("dd", {}, number(scores.skill, 2))),
      el("div", {}, el("dt", {}, t("bandHeld")), el("dd", {}, scores.held === null ? "–" : percent(scores.held), el("small", {}, ` ${t("meant", { n: percent(MEANT) })}`))),
      el("div", {}, el("dt", {}, t("scored")), el("dd", {}, number(scores.forecasts)))),
  ];
}

function servedWords(served, { skill }) {
  if (!served) return t("servedNone");
  if (served === "model") return t("servedModel", { n: percent(Math.max(0, skill)) });
  return t("servedNaive", { name: t(`source:${served}`) });
}
