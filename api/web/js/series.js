/** Prepares observations for drawing: where a line runs, where it breaks, what span a window covers. */

import { DAY, HOUR, localDate, localMidnight, midnightOf } from "./format.js";
import { holds } from "./judge.js";

const SUSPECT = 3;
const PATIENCE = 3;
/** The next window begins within this time, also on a day of 25 hours. */
const NEXT_WINDOW = { "15min": 0.26 * HOUR, hour: 1.1 * HOUR, day: 25.5 * HOUR, week: 7.1 * DAY, month: 31.1 * DAY, quarter: 92.1 * DAY, year: 366.1 * DAY };
const MONTHS = { month: 1, quarter: 3, year: 12 };

/** Cut rows into runs that a line may connect: it passes over doubted results, and breaks at a missing one or a gap. */
export function runs(rows, property) {
  const longest = gapOf(rows, property);
  const found = [];
  let before = null;
  for (const row of rows) {
    if (doubted(row, property)) continue;
    const known = row.result !== null;
    if (known && (before === null || row.time - before > longest)) found.push([]);
    if (known) found.at(-1).push(row);
    before = known ? row.time : null;
  }
  return found;
}

/** Tell whether a measured result is too doubtful for the line; an indicator's is drawn, and marked. */
function doubted(row, property) {
  return !property.window && row.result !== null && row.quality >= SUSPECT;
}

/** Give the longest silence that is no gap, in ms: what the property may be held for, or thrice the usual interval. */
export function gapOf(rows, property) {
  if (property.window) return NEXT_WINDOW[property.window];
  if (property.series === "state" && !property.window) return holds(property);
  const steps = rows.slice(1).map((row, i) => row.time - rows[i].time).sort((a, b) => a - b);
  const usual = steps[Math.floor(steps.length / 2)] ?? HOUR;
  return Math.max(PATIENCE * usual, 2 * 60_000);
}

/** Give where a run's last value stops to be true: a state holds on, but not beyond now nor its own limit. */
export function endOf(run, property, end) {
  const last = run.at(-1).time;
  return Math.min(property.window ? windowEnd(last, property.window) : last + holds(property), end);
}

/** Give the end of the window that begins at an instant. */
export function windowEnd(start, window) {
  if (window === "15min") return start + HOUR / 4;
  if (window === "hour") return start + HOUR;
  if (window === "day") return localMidnight(start + 26 * HOUR);
  return window === "week" ? localMidnight(start + 7.2 * DAY) : monthsLater(start, MONTHS[window]);
}

function monthsLater(start, months) {
  const [year, month] = localDate(start).split("-").map(Number);
  return midnightOf(new Date(Date.UTC(year, month - 1 + months, 1)).toISOString().slice(0, 10));
}

/** Give the beginning of the window so many windows after the one that begins at an instant. */
export function windowsLater(start, window, steps) {
  let end = start;
  for (let i = 0; i < steps; i += 1) end = windowEnd(end, window);
  return end;
}

/** Give the row that is true at an instant: the window around it, or the last one before it, or nothing. */
export function rowAt(rows, time, property) {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle].time <= time) low = middle + 1;
    else high = middle;
  }
  const row = rows[low - 1];
  if (!row) return null;
  const until = property.window ? windowEnd(row.time, property.window) : row.time + gapOf(rows, property);
  return time <= until ? row : null;
}

/** Give lowest and highest believed result; zero and the greatest possible value are included where they mean something. */
export function extent(rows, property, top) {
  const known = rows.filter((row) => row.result !== null && !doubted(row, property)).flatMap((row) => [row.result, row.low ?? row.result, row.high ?? row.result]);
  if (top) known.push(0, top);
  if (!known.length) return [0, 1];
  const low = known.reduce((least, result) => Math.min(least, result));
  const high = known.reduce((most, result) => Math.max(most, result));
  const fromZero = property.fromZero ?? (property.series !== "counter" && !["Cel", "V"].includes(property.unit));
  const room = (high - low || Math.abs(high) || 1) * 0.08;
  return fromZero ? [Math.min(0, low), Math.max(high, low === high ? high + 1 : high)] : [low - room, high + room];
}
