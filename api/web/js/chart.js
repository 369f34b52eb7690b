/** A time-series chart in SVG: lines and steps for what is measured, bars for amounts, gaps as gaps, flags as marks. */

import { el, mark, say, svg } from "./dom.js";
import { clock, day, localHour, moment, number, parts, percent, value } from "./format.js";
import { t, title } from "./i18n.js";
import { linear, ticks, timeTicks } from "./scale.js";
import { endOf, extent, rowAt, runs, windowEnd } from "./series.js";

const MARGIN = { top: 12, right: 10, bottom: 26, left: 46 };
const FLAGS = { 3: "M-4 3L0-4L4 3Z", 4: "M-3.500-3.500L3.500 3.500M3.500-3.500L-3.500 3.500" };
const STRIP = 4;
const [LOWEST, TALLEST, CODES] = [200, 340, 140];

export class Chart {
  /** `layers` are `{property, rows}`: the first is the one that is read, a second is drawn behind it. */
  constructor(host) {
    this.host = host;
    this.reading = el("p", { class: "readout", "aria-live": "off" });
    this.drawing = svg("svg", { class: "chart", tabindex: "0", role: "img" });
    this.drawing.addEventListener("pointermove", (event) => this.#point(event));
    this.drawing.addEventListener("pointerleave", () => this.#rest());
    this.drawing.addEventListener("keydown", (event) => this.#step(event));
    this.key = el("p", { class: "key" });
    host.replaceChildren(this.reading, this.drawing, this.key);
    new ResizeObserver(() => this.layers && this.#draw()).observe(host);
  }

  /** Show layers over a span; `top` is the greatest value there can be, where that is known. */
  show(layers, start, end, top) {
    Object.assign(this, { layers, start, end, top });
    this.#draw();
  }

  #draw() {
    const width = Math.max(260, this.host.clientWidth);
    this.height = this.layers[0].property.categories?.length ? CODES : Math.min(TALLEST, Math.max(LOWEST, Math.round(innerHeight * 0.26)));
    this.#scale(width);
    mark(this.drawing, "viewBox", `0 0 ${width} ${this.height}`);
    mark(this.drawing, "height", this.height);
    this.cursor = svg("g", { class: "cursor", visibility: "hidden" }, svg("line", { y1: MARGIN.top, y2: this.height - MARGIN.bottom }), svg("circle", { r: 4 }));
    const [front, ...behind] = this.layers;
    this.drawing.replaceChildren(this.#axes(), ...behind.map((layer) => this.#layer(layer, "behind")), this.#layer(front, "front"), this.#flags(front), this.cursor);
    const { time } = this;
    this.#rest();
    if (time !== undefined) this.#read(time);
    this.#describe();
  }

  #scale(width) {
    const extents = this.layers.map(({ rows, property }) => extent(rows, property, this.top));
    const [low, high] = [Math.min(...extents.map(([least]) => least)), Math.max(...extents.map(([, most]) => most))];
    this.marks = ticks(low, high, 4);
    this.x = linear([this.start, this.end], [MARGIN.left, width - MARGIN.right]);
    this.y = linear([this.marks[0], this.marks.at(-1)], [this.height - MARGIN.bottom, MARGIN.top]);
    this.width = width;
  }

  #axes() {
    const { property } = this.layers[0];
    const across = this.marks.map((tick) => svg("g", { transform: `translate(0 ${this.y(tick).toFixed(1)})` },
      svg("line", { class: "grid", x1: MARGIN.left, x2: this.width - MARGIN.right }),
      svg("text", { class: "tick", x: MARGIN.left - 7, dy: "0.32em", "text-anchor": "end" }, this.#tickText(tick, property))));
    const along = timeTicks(this.start, this.end, this.width / 72).map((tick) => svg("g", { transform: `translate(${this.x(tick).toFixed(1)} 0)` },
      svg("line", { class: "grid", y1: this.height - MARGIN.bottom, y2: this.height - MARGIN.bottom + 4 }),
      svg("text", { class: "tick", y: this.height - 8, "text-anchor": "middle" }, localHour(tick) === 0 ? day(tick) : clock(tick))));
    return svg("g", {}, ...across, ...along);
  }

  #tickText(tick, property) {
    if (property.categories?.length) return Number.isInteger(tick) ? parts(tick, property)[0] : "";
    return property.unit === "1" ? percent(tick) : number(tick, Math.abs(tick) < 10 ? 2 : 0);
  }

  #layer({ property, rows }, place) {
    const drawn = svg("g", { class: `layer ${place}`, "data-series": property.series });
    if (property.series === "delta") drawn.append(...rows.map((row) => this.#bar(row, property)));
    else for (const run of runs(rows, property)) drawn.append(...this.#line(run, property));
    if (property.window) drawn.append(...rows.flatMap((row) => this.#coverage(row, property)));
    return drawn;
  }

  #line(run, property) {
    const stepped = property.series === "state" || Boolean(property.window);
    const point = (row, i) => `${i ? (stepped ? "H" + this.#px(row.time) + "V" + this.#py(row.result) : "L" + this.#at(row)) : "M" + this.#at(row)}`;
    const last = stepped ? this.#px(endOf(run, property, this.end)) : this.#px(run.at(-1).time);
    const d = `${run.map(point).join("")}${stepped ? `H${last}` : ""}`;
    const alone = run.length === 1 && !stepped ? [svg("circle", { class: "dot", cx: this.#px(run[0].time), cy: this.#py(run[0].result), r: 2 })] : [];
    const floor = this.#py(Math.max(0, this.marks[0]));
    return [svg("path", { class: "area", d: `${d}V${floor}H${this.#px(run[0].time)}Z` }), svg("path", { class: "line", d }), ...alone];
  }

  /** Draw an amount as a bar over its window. */
  #bar(row, property) {
    const [from, width] = this.#windowOf(row, property);
    const [floor, top] = [this.y(Math.max(0, this.marks[0])), this.y(row.result ?? 0)];
    const height = row.result === null ? 0 : Math.max(1, Math.abs(floor - top));
    return svg("rect", { class: "column", x: from, width, y: Math.min(top, floor), height });
  }

  /** Draw how much of a window was known: a strip along the foot, and a pale field where that was too little. */
  #coverage(row, property) {
    const [from, width] = this.#windowOf(row, property);
    const foot = this.height - MARGIN.bottom;
    const strip = svg("rect", { class: "coverage", x: from, width: width * (row.coverage ?? 1), y: foot - STRIP / 2, height: STRIP });
    if (row.result !== null) return [strip];
    return [svg("rect", { class: "hole", x: from, width, y: MARGIN.top, height: foot - MARGIN.top }), strip];
  }

  #windowOf(row, property) {
    const [from, to] = [this.#clip(row.time), this.#clip(windowEnd(row.time, property.window))];
    const gap = to - from > 5 && property.series === "delta" ? 1.5 : 0;
    return [from, Math.max(0.5, to - from - gap)];
  }

  #flags({ rows }) {
    const flagged = rows.filter((row) => FLAGS[row.quality] && row.result !== null);
    return svg("g", { class: "flags" }, ...flagged.map((row) => {
      const y = Math.min(this.height - MARGIN.bottom, Math.max(MARGIN.top, this.y(row.result)));
      return svg("path", { "data-quality": row.quality, d: FLAGS[row.quality], transform: `translate(${this.#px(row.time)} ${y})` });
    }));
  }

  #describe() {
    const [{ property, rows }] = this.layers;
    const last = rows.findLast((row) => row.result !== null);
    const words = { title: title(property), n: number(rows.length), last: last ? value(last.result, property) : t("noValue") };
    const names = this.layers.map((layer, i) => el("span", { class: i ? "behind" : "front" }, title(layer.property)));
    this.key.replaceChildren(...(names.length > 1 ? names : []));
    mark(this.drawing, "aria-label", `${t("chartLabel", words)}. ${t("chartHint")}`);
  }

  #point(event) {
    if (!this.layers) return;
    const box = this.drawing.getBoundingClientRect();
    this.#read(this.x.invert(((event.clientX - box.left) / box.width) * this.width));
  }

  #step(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step || !this.layers) return;
    event.preventDefault();
    const { rows } = this.layers[0];
    const now = rows.findLastIndex((row) => row.time <= (this.time ?? this.end));
    const row = rows[Math.min(rows.length - 1, Math.max(0, this.time === undefined ? now : now + step))];
    if (row) this.#read(row.time);
  }

  /** Show what was true at an instant. */
  #read(time) {
    const { property, rows } = this.layers[0];
    this.time = Math.min(this.end, Math.max(this.start, time));
    const row = rowAt(rows, this.time, property);
    say(this.reading, row ? this.#words(row, property) : `${moment(this.time)} · ${t("gap")}`);
    mark(this.cursor, "visibility", "visible");
    mark(this.cursor.children[0], "transform", `translate(${this.x(this.time)} 0)`);
    const shown = row && row.result !== null;
    mark(this.cursor.children[1], "visibility", shown ? "inherit" : "hidden");
    if (shown) mark(this.cursor.children[1], "transform", `translate(${this.x(this.time)} ${this.y(row.result)})`);
  }

  #words(row, property) {
    const span = property.window ? `${moment(row.time)}–${clock(windowEnd(row.time, property.window))}` : moment(row.time);
    const known = row.coverage === null ? "" : t("coverage", { n: percent(row.coverage) });
    const result = row.result === null && property.window ? t("belowCoverage") : value(row.result, property);
    return [span, result, known, row.quality >= 3 ? t(row.quality_name) : ""].filter(Boolean).join(" · ");
  }

  #rest() {
    if (!this.layers) return;
    this.time = undefined;
    mark(this.cursor, "visibility", "hidden");
    const [{ property, rows }] = this.layers;
    say(this.reading, rows.length ? this.#words(rows.at(-1), property) : "");
  }

  #px(time) {
    return this.#clip(time).toFixed(1);
  }

  #clip(time) {
    return this.x(Math.min(this.end, Math.max(this.start, time)));
  }

  #py(result) {
    return this.y(result).toFixed(1);
  }

  #at(row) {
    return `${this.#px(row.time)} ${this.#py(row.result)}`;
  }
}
