/** A word-sized line of the last 24 hours. */

import { mark, svg } from "./dom.js";
import { DAY } from "./format.js";
import { holds } from "./judge.js";

const WIDTH = 96;
const HEIGHT = 24;
const COLUMNS = 96;

/** Draw an empty sparkline. */
export function spark() {
  return svg("svg", { class: "spark", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("path", { class: "spark-area" }), svg("path", { class: "spark-line" }));
}

/** Bring a sparkline up to date; `top` is the value at its upper edge where that is known. */
export function drawSpark(drawn, rows, property, top) {
  const now = Date.now();
  const columns = sampled(rows.filter((row) => row.quality < 3), now - DAY, holds(property));
  const known = columns.filter((value) => value !== null);
  if (!known.length) return;
  const [low, high] = bounds(known, property, top);
  const y = (value) => HEIGHT - 1.5 - ((value - low) / (high - low)) * (HEIGHT - 3);
  const runs = runsOf(columns);
  mark(drawn.children[1], "d", runs.map((run) => outline(run, y)).join(""));
  mark(drawn.children[0], "d", runs.map((run) => `${outline(run, y)}V${HEIGHT}H${run[0][0]}Z`).join(""));
}

function bounds(known, property, top) {
  const highest = Math.max(...known, top ?? -Infinity);
  const lowest = property.series === "counter" ? Math.min(...known) : Math.min(0, ...known);
  return [lowest, highest > lowest ? highest : lowest + 1];
}

/** Give the mean of each quarter hour, the last value held for `hold` ms, null where nothing is known. */
function sampled(rows, start, hold) {
  const sums = Array.from({ length: COLUMNS }, () => [0, 0]);
  for (const row of rows) {
    const column = Math.floor(((row.time - start) / DAY) * COLUMNS);
    if (column < 0 || column >= COLUMNS || row.result === null) continue;
    sums[column][0] += row.result;
    sums[column][1] += 1;
  }
  return held(sums, Math.max(1, Math.floor((hold / DAY) * COLUMNS)));
}

function held(sums, patience) {
  let last = null;
  let since = 0;
  return sums.map(([sum, n]) => {
    since = n ? 0 : since + 1;
    if (n) last = sum / n;
    return since <= patience ? last : null;
  });
}

function runsOf(columns) {
  const runs = [];
  columns.forEach((value, i) => {
    if (value === null) return;
    if (i === 0 || columns[i - 1] === null) runs.push([]);
    runs.at(-1).push([(i / COLUMNS) * WIDTH, value]);
  });
  return runs;
}

function outline(run, y) {
  const steps = run.map(([x, value], i) => (i ? `H${x}V${y(value).toFixed(1)}` : `M${x} ${y(value).toFixed(1)}`));
  return `${steps.join("")}H${run.at(-1)[0] + WIDTH / COLUMNS}`;
}
