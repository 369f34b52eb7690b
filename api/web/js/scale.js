/** Scales of a chart: values and instants to pixels, and where round numbers and local hours fall. */

import { clock, DAY, day, fullDay, HOUR, localDate, localHour, midnightOf, month } from "./format.js";

const MONTHS_APART = [1, 2, 3, 6, 12];
/** From this span on full months are marked, not days. */
const MONTHLY = 75 * DAY;
const HOURS_APART = [1, 2, 3, 6, 12, 24, 48, 96, 168];

/** Map a domain linearly to a range. */
export function linear([from, to], [low, high]) {
  const slope = (high - low) / (to - from || 1);
  const map = (value) => low + (value - from) * slope;
  map.invert = (pixel) => from + (pixel - low) / slope;
  return map;
}

/** Give about `count` round numbers that cover [low, high], the ends included. */
export function ticks(low, high, count) {
  const rough = (high - low || 1) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  const first = Math.floor(low / step + 1e-9);
  const last = Math.ceil(high / step - 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** Give at most `count` full local hours, midnights or firsts of a month between two instants; right on days of 23 and 25 hours. */
export function timeTicks(start, end, count) {
  if (end - start > MONTHLY) return monthTicks(start, end, count);
  const apart = HOURS_APART.find((hours) => (end - start) / (hours * HOUR) <= count) ?? 168;
  const full = [];
  for (let hour = Math.ceil(start / HOUR) * HOUR; hour < end; hour += HOUR) full.push(hour);
  const fitting = full.filter((hour) => localHour(hour) % Math.min(apart, 24) === 0);
  const days = Math.max(1, apart / 24);
  return fitting.filter((hour, i) => i % days === 0 && !repeats(hour, fitting[i - 1]));
}

/** The night the clocks go back shows an hour twice: mark it once. */
function repeats(hour, before) {
  return before !== undefined && hour - before < DAY && localHour(hour) === localHour(before);
}

function monthTicks(start, end, count) {
  const [first, last] = [start, end].map((instant) => localDate(instant).split("-").map(Number)).map(([year, number]) => 12 * year + number - 1);
  const apart = MONTHS_APART.find((months) => (last - first) / months <= count) ?? 12 * Math.ceil((last - first) / 12 / count);
  const marked = [];
  for (let number = Math.ceil(first / apart) * apart; number <= last; number += apart) {
    marked.push(midnightOf(new Date(Date.UTC(2000, number - 24_000, 1)).toISOString().slice(0, 10)));
  }
  return marked.filter((instant) => instant >= start && instant < end);
}

/** Write what a mark of the axis says. */
export function tickWord(tick, start, end) {
  if (end - start > MONTHLY) return month(tick);
  return localHour(tick) === 0 ? day(tick) : clock(tick);
}

/** Write a span as a person says it: days alone where it begins and ends at midnight. */
export function spanWords(start, end) {
  const whole = localHour(start) === 0 && localHour(end) === 0;
  return [fullDay(start), fullDay(whole ? end - 1 : end)].filter((word, i, words) => i === 0 || word !== words[0]).join(" – ");
}
