/** How a thing went: a property of it over a span as a chart, beside another thing where that is wanted, with its files. */

import { Chart } from "./chart.js";
import { el, mark, renew, say } from "./dom.js";
import { isHousehold } from "./facts.js";
import { DAY, number } from "./format.js";
import { language, t } from "./i18n.js";
import { layerOf, streamsOf } from "./layers.js";
import { asTables, lines, lineTitle } from "./lines.js";
import { spanInView, stepOf } from "./span.js";
import { view } from "./view.js";

export class History {
  #asked = 0;
  #others = { id: "", streams: [] };

  /** `brief` shows the last day of one property and no more. */
  constructor({ city, onProblem, brief = false }) {
    Object.assign(this, { city, onProblem, brief });
    this.area = el("div", { class: "chart-area", "data-tallest": brief ? 170 : 420 });
    this.note = el("p", { class: "note", role: "status" });
    this.lines = el("div", { class: "line-list" });
    this.definition = el("details", { class: "facts", hidden: "" });
    this.chart = new Chart(this.area);
    this.elements = brief ? [this.area, this.note] : [this.area, this.note, this.lines, this.definition];
  }

  /** Take a thing and its datastreams, or none of them while they are not known. */
  of(thing, streams) {
    Object.assign(this, { thing, streams });
    this.area.hidden = true;
    this.shown = null;
  }

  /** Name the property in view: the one that was chosen, or the one that speaks for the kind. */
  get property() {
    return chosen(this.streams, [view.property, this.city.headline(this.thing.kind)]);
  }

  /** The datastreams of the thing that it is compared with. */
  get others() {
    return this.#others.id === view.with ? this.#others.streams : [];
  }

  /** Name the property of the other thing: the one that was chosen, the same, or the one that speaks for its kind. */
  get otherProperty() {
    const kind = this.city.things.get(view.with)?.kind;
    return chosen(this.others, [view.other, this.property, this.city.headline(kind)]);
  }

  /** Fetch and draw what is in view; gives whether it was drawn, and not overtaken. */
  async load() {
    const asked = (this.#asked += 1);
    if (!this.property) {
      say(this.note, t(isHousehold(this.thing) ? "householdLong" : "noneYet"));
      return false;
    }
    if (!this.shown) say(this.note, t("loading"));
    try {
      const compared = this.brief ? "" : await this.#meetOther();
      const span = this.#span();
      const layers = await Promise.all(this.#wanted(span).map(({ stream, place }) => layerOf(this.city, stream, span).then((layer) => ({ ...layer, place }))));
      if (asked === this.#asked) this.#draw(layers, span, compared);
    } catch (problem) {
      if (asked === this.#asked) this.onProblem(problem, () => this.load());
    }
    return asked === this.#asked;
  }

  #span() {
    const stream = this.#stream(this.property);
    const newest = this.city.observation(this.thing.id, this.property)?.time ?? Date.parse(stream.last);
    if (!this.brief) return spanInView(newest);
    const end = Date.now() - newest > DAY || newest > Date.now() ? newest + DAY / 48 : Date.now();
    return [end - DAY, end];
  }

  /** Learn what the other thing has; gives a sentence where it is not to be had. */
  async #meetOther() {
    if (!view.with || view.with === this.thing.id) return "";
    if (this.#others.id === view.with) return "";
    const id = view.with;
    const streams = this.city.things.has(id) ? await streamsOf(this.city, id) : null;
    this.#others = { id, streams: (streams ?? []).filter((stream) => stream.count) };
    if (!streams) return t("notFound", { id });
    return this.others.length ? "" : t("otherSilent", { name: this.city.things.get(id).name });
  }

  /** Name the datastreams to be drawn, and in which place: what is in view, and the other, or behind single rows their indicator. */
  #wanted(span) {
    const front = { stream: this.#stream(this.property), place: "front" };
    if (this.brief) return [front];
    const other = this.others.find(({ observed_property: name }) => name === this.otherProperty);
    if (other) return [front, { stream: other, place: "other" }];
    if (stepOf(front.stream, this.city.property(this.property), span)) return [front];
    return [front, ...this.#behind().map((stream) => ({ stream, place: "behind" }))];
  }

  /** Find the indicator that may be drawn behind a measured property: made of it, in its unit, of hours. */
  #behind() {
    const { name, unit, indicator, series } = this.city.property(this.property);
    if (indicator || series === "counter") return [];
    const fits = this.city.indicators.find((each) => each.inputs.includes(name) && each.unit === unit && each.windows.includes("hour"));
    const stream = this.#stream(`${fits?.name}_hour`);
    return stream ? [stream] : [];
  }

  #stream(wanted) {
    return this.streams.find(({ observed_property: name }) => name === wanted);
  }

  #draw(layers, [start, end], compared) {
    const [front] = layers;
    const several = layers.some(({ thing }) => thing !== front.thing);
    for (const layer of layers) layer.title = lineTitle(layer, this.city, several);
    this.shown = { layers, span: [start, end] };
    const known = layers.some(({ rows }) => rows.some((row) => row.time >= start));
    this.area.hidden = !known;
    if (known) this.chart.show(layers, start, end, { top: this.#top(layers) });
    this.#remark(front, start, known, compared);
    if (this.brief) return;
    const opened = this.lines.querySelector(".as-table")?.open;
    const tables = asTables(layers);
    renew(this.lines, lines(layers), ...(known ? [tables] : []));
    tables.open = Boolean(opened);
    this.#define(front.property);
  }

  #remark(front, start, known, compared) {
    const flagged = front.rows.filter((row) => row.time >= start && (row.quality === 3 || row.quality === 4)).length;
    const remarks = [
      compared,
      known ? "" : t("noObservations"),
      flagged ? t("flagged", { n: number(flagged) }) : "",
      front.step ? t("inWindows", { step: t(`each:${front.step}`) }) : "",
      front.cut ? t("truncated", { n: number(front.rows.length) }) : "",
    ].filter(Boolean);
    say(this.note, remarks.join(" · "));
  }

  /** Say what an indicator means and where that comes from. */
  #define({ indicator }) {
    this.definition.hidden = !indicator;
    if (!indicator) return;
    const source = `${indicator.name}, ${t("version")} ${indicator.version} · ${indicator.source}`;
    this.definition.replaceChildren(el("summary", {}, t("definition")), el("p", { lang: "en" }, indicator.description), el("p", { class: "muted", lang: "en" }, source));
    mark(this.definition, "lang", language());
  }

  /** Give the greatest value there can be: all spaces, or a full container; beside another thing nobody knows. */
  #top(layers) {
    const [{ property, thing }] = layers;
    if (layers.some((layer) => layer.thing !== thing) || property.series === "delta") return undefined;
    return { "%": 100, "{space}": Number(this.thing.properties.capacity) || undefined }[property.unit];
  }
}

/** Take the first wish that there is a datastream of, else the first datastream. */
function chosen(streams, wishes) {
  const names = streams.map((stream) => stream.observed_property);
  return wishes.find((wish) => names.includes(wish)) ?? names[0] ?? "";
}
