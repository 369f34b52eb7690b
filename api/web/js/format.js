/** Writes numbers, units, instants and ages as a person reads them; local time is the city's. */

import { language, t } from "./i18n.js";

export const ZONE = "Europe/Berlin";
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** Of UCUM codes what a person reads. */
const UNITS = {
  1: "", Cel: "°C", m3: "m³", "m3/h": "m³/h", "A.h": "Ah", "[ppth]": "‰", "K.d": "K·d",
  "kW.h/m2": "kWh/m²", "kW.h/m2/a": "kWh/(m²·a)", "kW.h/K/d": "kWh/(K·d)", "kW.h/K/d/m2": "kWh/(K·d·m²)",
};
const LONG_S = 120;
const LARGER = { kW: [1000, "MW"], kWh: [1000, "MWh"], mm: [1000, "m"] };

const made = new Map();

function intl(Format, options) {
  const key = `${Format.name}${language()}${JSON.stringify(options)}`;
  if (!made.has(key)) made.set(key, new Format(language() === "de" ? "de-DE" : "en-GB", options));
  return made.get(key);
}

/** Write a number with at most so many decimals. */
export function number(value, decimals = 0) {
  return intl(Intl.NumberFormat, { maximumFractionDigits: decimals }).format(value);
}

/** Write a share 0..1 as percent. */
export function percent(share) {
  return `${number(100 * share)}\u00a0%`;
}

/** Write a result of a property as ``[number, unit]``: kW grows to MW, a share becomes percent, a code its name. */
export function parts(result, property) {
  if (result === null || result === undefined) return [t("noValue"), ""];
  const category = property.categories?.[result];
  if (category !== undefined) return [t(category), ""];
  if (property.unit === "1") return [number(100 * result), "%"];
  if (property.unit === "h" && result >= 48) return [number(result / 24, 1), language() === "de" ? "Tage" : "days"];
  if (property.unit === "s" && result >= LONG_S) return [duration(1000 * result), ""];
  return scaled(result, property);
}

/** A meter's reading keeps its unit, so that it can be compared with what the meter shows. */
function scaled(result, { unit, series }) {
  const [factor, larger] = (series !== "counter" && LARGER[unit]) || [];
  if (factor && Math.abs(result) >= 10 * factor) return [number(result / factor, 1), larger];
  return [number(result, decimals(result, unit)), unitName(unit)];
}

/** A remark of UCUM says what is counted, which the title says, too. */
function withoutRemarks(unit) {
  return unit.replace(/[./]?\{[^}]*\}/g, "").replace(/^[./]+/, "");
}

function decimals(result, unit) {
  if (unit === "V") return 2;
  if (unit === "%" || unit === "mm") return 0;
  if (/^\{[^}]*\}$/.test(unit)) return Math.abs(result) < 10 ? 1 : 0;
  return Math.abs(result) < 100 ? 1 : 0;
}

/** Write a result with its unit in one piece. */
export function value(result, property) {
  const [figure, unit] = parts(result, property);
  return unit ? `${figure}\u00a0${unit}` : figure;
}

/** Write a unit as it stands at an axis; what is counted and shares have none. */
export function unitName(unit) {
  return UNITS[unit] ?? withoutRemarks(unit);
}

/** Write a small difference with its unit: of whole spaces, too, an error has decimals. */
export function fine(result, { unit }) {
  const size = Math.abs(unit === "1" ? 100 * result : result);
  const figure = number(unit === "1" ? 100 * result : result, size < 10 ? 2 : size < 100 ? 1 : 0);
  return [figure, unit === "1" ? "%" : unitName(unit)].filter(Boolean).join("\u00a0");
}

/** Write a clock time, with seconds where wanted. */
export function clock(instant, seconds = false) {
  const options = { timeZone: ZONE, hour: "2-digit", minute: "2-digit", ...(seconds && { second: "2-digit" }) };
  return intl(Intl.DateTimeFormat, options).format(instant);
}

/** Write weekday, day and month. */
export function day(instant) {
  return intl(Intl.DateTimeFormat, { timeZone: ZONE, weekday: "short", day: "numeric", month: "numeric" }).format(instant);
}

/** Write the weekday. */
export function weekday(instant) {
  return intl(Intl.DateTimeFormat, { timeZone: ZONE, weekday: "long" }).format(instant);
}

/** Write day, month and year. */
export function fullDay(instant) {
  return intl(Intl.DateTimeFormat, { timeZone: ZONE, day: "numeric", month: "short", year: "numeric" }).format(instant);
}

/** Write month and year. */
export function month(instant) {
  return intl(Intl.DateTimeFormat, { timeZone: ZONE, month: "short", year: "2-digit" }).format(instant);
}

/** Write an instant in full. */
export function moment(instant) {
  const options = { timeZone: ZONE, weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" };
  return intl(Intl.DateTimeFormat, options).format(instant);
}

/** Write a duration in its largest fitting unit. */
export function duration(milliseconds) {
  const steps = [[DAY, "d"], [HOUR, "h"], [MINUTE, "min"]];
  const [size, unit] = steps.find(([size]) => milliseconds >= (size === DAY ? 2 * DAY : size)) ?? [1000, "s"];
  return `${number(Math.max(0, Math.floor(milliseconds / size)))}\u00a0${unit === "d" && language() === "de" ? "T" : unit}`;
}

/** Write a distance: tens of metres, from a kilometre on tenths of it. */
export function distance(metres) {
  return metres < 1000 ? `${number(10 * Math.round(metres / 10))}\u00a0m` : `${number(metres / 1000, 1)}\u00a0km`;
}

/** Write an age; what is younger than a minute is now. */
export function age(milliseconds) {
  return milliseconds < MINUTE ? t("justNow") : duration(milliseconds);
}

/** Say how long ago something was. */
export function ago(milliseconds) {
  return milliseconds < MINUTE ? t("justNow") : t("ago", { age: duration(milliseconds) });
}

const wall = new Intl.DateTimeFormat("en-GB", { timeZone: ZONE, hour: "2-digit", hourCycle: "h23" });

/** Give the hour 0..23 that the city's clocks show. */
export function localHour(instant) {
  return Number(wall.format(instant));
}

const calendar = new Intl.DateTimeFormat("en-CA", { timeZone: ZONE, year: "numeric", month: "2-digit", day: "2-digit" });

/** Give the date that the city's calendars show: `2026-10-25`. */
export function localDate(instant) {
  return calendar.format(instant);
}

/** Give the instant at which a date of the city begins. */
export function midnightOf(date) {
  return localMidnight(Date.parse(`${date}T12:00Z`));
}

/** Give the instant at which the city's day began; right on days of 23 and 25 hours. */
export function localMidnight(instant) {
  let hour = Math.floor(instant / HOUR) * HOUR;
  while (localHour(hour) !== 0) hour -= HOUR;
  return hour;
}
