/** Which span is shown, and how finely: what sensors said row by row, or windows where those would be too many. */

import { DAY, HOUR, localDate, midnightOf } from "./format.js";
import { windowEnd } from "./series.js";
import { OWN, SPANS, view } from "./view.js";

/** From this length on what sensors said is shown in windows. */
const ROW_BY_ROW = 8 * DAY;
const MOST_ROWS = 3000;
const MOST_WINDOWS = 800;
const STEPS = [["15min", HOUR / 4], ["hour", HOUR], ["day", DAY], ["week", 7 * DAY]];

/** Give the span in view: up to now, or up to the newest observation (an instant) where that is long ago, or the days that were chosen. */
export function spanInView(newest, now = Date.now()) {
  if (view.span === OWN) return daysChosen(Math.max(now, newest + 1));
  const length = SPANS[view.span];
  const end = now - newest > length || newest > now ? newest + length / 48 : now;
  return [end - length, end];
}

/** The days as they were chosen, in their order, the later one included as far as it has come. */
function daysChosen(latest) {
  const [first, last] = [view.from, view.to].sort();
  const [start, end] = [midnightOf(first), windowEnd(midnightOf(last), "day")];
  return [start, start < latest ? Math.min(end, latest) : end];
}

/** Name the days that a span touches, as `from` and `to` say them. */
export function daysOf(start, end) {
  return { from: localDate(start), to: localDate(end - 1) };
}

/** Name the windows in which a datastream is to be shown over a span; empty: row by row. */
export function stepOf({ count, first, last }, property, [start, end]) {
  const length = end - start;
  const held = Math.max(Date.parse(last) - Date.parse(first), HOUR);
  const rows = count * Math.min(1, length / held);
  if (rows <= MOST_ROWS && (property.indicator || length <= ROW_BY_ROW)) return "";
  return (STEPS.find(([, step]) => length / step <= MOST_WINDOWS) ?? STEPS.at(-1))[0];
}
