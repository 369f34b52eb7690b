/** The marks of a chart: lines and steps for what is measured, bars for amounts, bands, gaps as gaps, flags and coverage. */

import { svg } from "./dom.js";
import { endOf, runs, windowEnd } from "./series.js";

const FLAGS = { 3: "M-4 3L0-4L4 3Z", 4: "M-3.500-3.500L3.500 3.500M3.500-3.500L-3.500 3.500" };
const STRIP = 4;
/** What stands for itself, and is not joined to what comes next. */
const AMOUNTS = new Set(["delta", "event"]);
const STEM = 2;

/** Draws the layers of one chart: `frame` is `{x, top, foot, start, end}`, in pixels and instants. */
export class Marks {
  constructor(frame) {
    this.frame = frame;
  }

  /** Draw a layer upon its own scale `y`, whose lowest mark is `floor`. */
  layer({ property, rows, place, y, floor }) {
    const drawn = svg("g", { class: `layer ${place}`, "data-series": property.series });
    Object.assign(this, { y, floor });
    const amounts = AMOUNTS.has(property.series);
    const found = amounts ? [] : runs(rows, property);
    if (amounts) drawn.append(...rows.map((row) => this.#bar(row, property)));
    drawn.append(...found.map((run) => this.#band(run, property)).filter(Boolean));
    for (const run of found) drawn.append(...this.#line(run, property));
    if (property.window && place === "front" && !property.summed) drawn.append(...rows.flatMap((row) => this.#coverage(row, property)));
    return drawn;
  }

  #line(run, property) {
    const stepped = isStepped(property);
    const point = (row, i) => `${i ? (stepped ? "H" + this.#px(row.time) + "V" + this.#py(row.result) : "L" + this.#at(row)) : "M" + this.#at(row)}`;
    const last = stepped ? this.#px(endOf(run, property, this.frame.end)) : this.#px(run.at(-1).time);
    const d = `${run.map(point).join("")}${stepped ? `H${last}` : ""}`;
    const alone = run.length === 1 && !stepped ? [svg("circle", { class: "dot", cx: this.#px(run[0].time), cy: this.#py(run[0].result), r: 2 })] : [];
    const ground = this.#py(Math.max(0, this.floor));
    return [svg("path", { class: "area", d: `${d}V${ground}H${this.#px(run[0].time)}Z` }), svg("path", { class: "line", d }), ...alone];
  }

  /** Draw from the lowest to the highest, where a row says both. */
  #band(run, property) {
    const known = run.filter(({ low, high }) => typeof low === "number" && typeof high === "number");
    if (!known.length) return null;
    const edge = (row, result) => {
      const until = isStepped(property) ? this.#px(windowEnd(row.time, property.window)) : null;
      return `${this.#px(row.time)} ${this.#py(result)}${until === null ? "" : `L${until} ${this.#py(result)}`}`;
    };
    const back = (row) => edge(row, row.low).split("L").reverse().join("L");
    const d = `M${known.map((row) => edge(row, row.high)).join("L")}L${known.toReversed().map(back).join("L")}Z`;
    return svg("path", { class: "band", d });
  }

  /** Draw an amount as a bar over its window. */
  #bar(row, property) {
    const [from, width] = this.#windowOf(row, property);
    const [floor, top] = [this.y(Math.max(0, this.floor)), this.y(row.result ?? 0)];
    const height = row.result === null ? 0 : Math.max(1, Math.abs(floor - top));
    return svg("rect", { class: "column", x: from, width, y: Math.min(top, floor), height });
  }

  /** Draw how much of a window was known: a strip along the foot, and a pale field where that was too little. */
  #coverage(row, property) {
    const [from, width] = this.#windowOf(row, property);
    const { top, foot } = this.frame;
    const strip = svg("rect", { class: "coverage", x: from, width: width * (row.coverage ?? 1), y: foot - STRIP / 2, height: STRIP });
    if (row.result !== null) return [strip];
    return [svg("rect", { class: "hole", x: from, width, y: top, height: foot - top }), strip];
  }

  #windowOf(row, property) {
    const [from, to] = [this.#clip(row.time), this.#clip(property.window ? windowEnd(row.time, property.window) : row.time)];
    const gap = to - from > 5 && property.series === "delta" ? 1.5 : 0;
    return [from, Math.max(property.window ? 1 : STEM, to - from - gap)];
  }

  /** Draw the doubtful and the impossible of a layer. */
  flags({ rows, y }) {
    const { top, foot, start } = this.frame;
    const flagged = rows.filter((row) => FLAGS[row.quality] && row.result !== null && row.time >= start);
    return svg("g", { class: "flags" }, ...flagged.map((row) => {
      const at = Math.min(foot, Math.max(top, y(row.result)));
      return svg("path", { "data-quality": row.quality, d: FLAGS[row.quality], transform: `translate(${this.#px(row.time)} ${at})` });
    }));
  }

  #px(time) {
    return this.#clip(time).toFixed(1);
  }

  #clip(time) {
    const { x, start, end } = this.frame;
    return x(Math.min(end, Math.max(start, time)));
  }

  #py(result) {
    return this.y(result).toFixed(1);
  }

  #at(row) {
    return `${this.#px(row.time)} ${this.#py(row.result)}`;
  }
}

function isStepped(property) {
  return property.series === "state" || Boolean(property.window);
}
