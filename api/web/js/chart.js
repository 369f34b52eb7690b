/** A time-series chart in SVG: one thing or two, upon one axis or each upon its own, read by pointer and keyboard. */

import { el, mark, say, svg } from "./dom.js";
import { clock, moment, number, parts, percent, unitName, value } from "./format.js";
import { t, title } from "./i18n.js";
import { Marks } from "./marks.js";
import { linear, tickWord, ticks, timeTicks } from "./scale.js";
import { extent, rowAt, windowEnd } from "./series.js";

const MARGIN = { top: 22, right: 10, bottom: 26, left: 46 };
const UNIT_Y = 9;
const SECOND_AXIS = 46;
const TICK_PX = 72;
const [LOWEST, TALLEST, CODES] = [170, 300, 140];

export class Chart {
  constructor(host) {
    this.host = host;
    this.reading = el("p", { class: "readout", "aria-live": "off" });
    this.drawing = svg("svg", { class: "chart", tabindex: "0", role: "img" });
    this.drawing.addEventListener("pointermove", (event) => this.#point(event));
    this.drawing.addEventListener("pointerleave", () => this.#rest());
    this.drawing.addEventListener("keydown", (event) => this.#step(event));
    host.replaceChildren(this.reading, this.drawing);
    new ResizeObserver(() => this.layers && this.#draw()).observe(host);
  }

  /**
   * Show layers `{property, rows, place, title}` over a span. The first is the one that is read step by step; of another
   * unit has an axis of its own. `top` is the greatest value there can be; `known` is up to when all is known,
   * and marked where it lies within.
   */
  show(layers, start, end, { top, known } = {}) {
    Object.assign(this, { layers, start, end, top, known });
    this.#draw();
  }

  #draw() {
    const width = Math.max(260, this.host.clientWidth);
    const most = Number(this.host.dataset.tallest) || TALLEST;
    this.height = this.layers.every(({ property }) => property.categories?.length) ? CODES : Math.min(most, Math.max(LOWEST, Math.round(innerHeight * 0.38)));
    this.#scale(width);
    mark(this.drawing, "viewBox", `0 0 ${width} ${this.height}`);
    mark(this.drawing, "height", this.height);
    const marks = new Marks({ x: this.x, top: MARGIN.top, foot: this.foot, start: this.start, end: this.end });
    this.cursor = svg("g", { class: "cursor", visibility: "hidden" }, svg("line", { y1: MARGIN.top, y2: this.foot }), ...this.layers.map(({ place }) => svg("circle", { r: 4, class: place })));
    const drawn = this.layers.map((layer) => marks.layer(layer)).reverse();
    this.drawing.replaceChildren(this.#axes(), ...drawn, marks.flags(this.layers[0]), this.#frontier(), this.cursor);
    const { time } = this;
    this.#rest();
    if (time !== undefined) this.#read(time);
    this.#describe();
  }

  get foot() {
    return this.height - MARGIN.bottom;
  }

  #scale(width) {
    const [{ property: { unit } }] = this.layers;
    const own = this.layers.filter(({ property }) => property.unit === unit);
    const others = this.layers.filter(({ property }) => property.unit !== unit);
    this.right = width - (others.length ? SECOND_AXIS : MARGIN.right);
    this.width = width;
    this.x = linear([this.start, this.end], [MARGIN.left, this.right]);
    this.axes = [this.#axis(own, this.top), ...(others.length ? [this.#axis(others)] : [])];
  }

  /** Give a scale that all of some layers fit upon, and tell it to them. */
  #axis(layers, top) {
    const extents = layers.map(({ rows, property }) => extent(rows, property, top));
    const [low, high] = [Math.min(...extents.map(([least]) => least)), Math.max(...extents.map(([, most]) => most))];
    const marked = ticks(low, high, 4);
    const y = linear([marked[0], marked.at(-1)], [this.foot, MARGIN.top]);
    for (const layer of layers) Object.assign(layer, { y, floor: marked[0] });
    return { y, marked, property: layers[0].property, place: layers[0].place };
  }

  #axes() {
    const [left, ...rest] = this.axes;
    const lines = left.marked.map((tick) => svg("line", { class: "grid", x1: MARGIN.left, x2: this.right, y1: left.y(tick), y2: left.y(tick) }));
    const along = timeTicks(this.start, this.end, (this.right - MARGIN.left) / TICK_PX).map((tick) => svg("g", { transform: `translate(${this.x(tick).toFixed(1)} 0)` },
      svg("line", { class: "grid", y1: this.foot, y2: this.foot + 4 }),
      svg("text", { class: "tick", y: this.height - 8, "text-anchor": "middle" }, tickWord(tick, this.start, this.end))));
    const across = [...this.#labels(left, MARGIN.left - 7, "end"), ...rest.flatMap((axis) => this.#labels(axis, this.right + 7, "start"))];
    return svg("g", { class: "axes" }, ...lines, ...along, ...across);
  }

  #labels({ y, marked, property, place }, x, anchor) {
    const unit = svg("text", { class: `tick unit of-${place}`, x, y: UNIT_Y, "text-anchor": anchor }, unitName(property.unit));
    return [unit, ...marked.map((tick) => svg("text", { class: `tick of-${place}`, x, y: y(tick), dy: "0.32em", "text-anchor": anchor }, tickText(tick, property)))];
  }

  /** Mark up to where all is known, where what lies behind it is foretold. */
  #frontier() {
    if (!this.known || this.known < this.start || this.known > this.end) return "";
    const x = this.x(this.known).toFixed(1);
    return svg("g", { class: "frontier" }, svg("line", { x1: x, x2: x, y1: MARGIN.top, y2: this.foot }), svg("text", { class: "tick", x, y: UNIT_Y, "text-anchor": "end" }, t("knownUntil")));
  }

  #describe() {
    const words = this.layers.map(({ rows, property, title: name }) => {
      const last = rows.findLast((row) => row.result !== null);
      return t("chartLabel", { title: name ?? title(property), n: number(rows.length), last: last ? value(last.result, property) : t("noValue") });
    });
    mark(this.drawing, "aria-label", `${words.join(". ")}. ${t("chartHint")}`);
  }

  #point(event) {
    if (!this.layers) return;
    const box = this.drawing.getBoundingClientRect();
    mark(this.reading, "aria-live", "off");
    this.#read(this.x.invert(((event.clientX - box.left) / box.width) * this.width));
  }

  #step(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step || !this.layers) return;
    event.preventDefault();
    const { rows } = this.layers[0];
    const now = rows.findLastIndex((row) => row.time <= (this.time ?? this.end));
    const row = rows[Math.min(rows.length - 1, Math.max(0, this.time === undefined ? now : now + step))];
    mark(this.reading, "aria-live", "polite");
    if (row) this.#read(row.time);
  }

  /** Show what was true at an instant. */
  #read(time) {
    this.time = Math.min(this.end, Math.max(this.start, time));
    const found = this.layers.map(({ rows, property }) => rowAt(rows, this.time, property));
    const [first, ...others] = found.map((row, i) => this.#words(row, this.layers[i], i));
    say(this.reading, [first, ...others].filter(Boolean).join(" · "));
    mark(this.cursor, "visibility", "visible");
    mark(this.cursor.children[0], "transform", `translate(${this.x(this.time)} 0)`);
    found.forEach((row, i) => this.#dot(this.cursor.children[i + 1], row, this.layers[i]));
  }

  #dot(dot, row, { y }) {
    const shown = row && row.result !== null;
    mark(dot, "visibility", shown ? "inherit" : "hidden");
    if (shown) mark(dot, "transform", `translate(${this.x(this.time)} ${y(row.result)})`);
  }

  #words(row, { property, title: name }, i) {
    if (i > 0) return row && row.result !== null ? `${name ?? title(property)}: ${value(row.result, property)}` : "";
    if (!row) return `${moment(this.time ?? this.end)} · ${t("gap")}`;
    const span = property.window ? spanOf(row, property) : moment(row.time);
    const known = row.coverage === null ? "" : t("coverage", { n: percent(row.coverage) });
    const result = row.result === null && property.window ? t("belowCoverage") : value(row.result, property);
    const between = typeof row.low === "number" && typeof row.high === "number" ? t("between", { low: value(row.low, property), high: value(row.high, property) }) : "";
    return [span, result, between, known, row.quality >= 3 ? t(row.quality_name) : ""].filter(Boolean).join(" · ");
  }

  #rest() {
    if (!this.layers) return;
    this.time = undefined;
    mark(this.cursor, "visibility", "hidden");
    const [layer] = this.layers;
    say(this.reading, layer.rows.length ? this.#words(layer.rows.at(-1), layer, 0) : "");
  }
}

function spanOf(row, { window }) {
  const end = windowEnd(row.time, window);
  return end - row.time > 3_600_000 * 2 ? moment(row.time) : `${moment(row.time)}–${clock(end)}`;
}

function tickText(tick, property) {
  if (property.categories?.length) return Number.isInteger(tick) ? parts(tick, property)[0] : "";
  return property.unit === "1" ? percent(tick) : number(tick, Math.abs(tick) < 10 ? 2 : 0);
}
