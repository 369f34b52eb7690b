/** The facts of a thing as its operator has registered them. */

import { el } from "./dom.js";
import { DAY, number, weekday } from "./format.js";
import { known, t } from "./i18n.js";

/** A Monday: weekdays are told as 1 to 7. */
const MONDAY = Date.UTC(2026, 5, 1, 12);
const WEEKDAYS = ["emptying_weekdays", "emptying_weekdays_winter"];
const UNITS = { capacity: "", distance_empty_mm: "mm", distance_full_mm: "mm", capacity_l: "l", floor_area_m2: "m²", max_power_kw: "kW", contract_power_kw: "kW", counter_modulus_kwh: "kWh", max_stay_min: "min" };

/** Tell whether a thing measures one household: what it says is told in sums over several only. */
export function isHousehold({ properties }) {
  return properties.household === true;
}

/** Write a thing's facts as a list of names and words. */
export function facts(thing) {
  const rows = [
    [t("operator"), thing.operator],
    [t("district"), thing.district],
    ...Object.entries(thing.properties).map(([name, fact]) => [known(name) ? t(name) : name, factText(name, fact)]),
    [t("location"), `${number(thing.location.latitude, 4)}° N, ${number(thing.location.longitude, 4)}° E`],
    [t("openData"), t(thing.public ? "yes" : "no")],
    ["ID", thing.id],
  ].filter(([, fact]) => fact !== "");
  return el("dl", {}, ...rows.flatMap(([name, fact]) => [el("dt", {}, name), el("dd", {}, fact)]));
}

function factText(name, fact) {
  if (WEEKDAYS.includes(name) && Array.isArray(fact)) return fact.map((number) => weekday(MONDAY + (number - 1) * DAY)).join(", ");
  if (typeof fact === "string") return known(fact) ? t(fact) : fact;
  if (typeof fact === "number") return [number(fact, 1), UNITS[name] ?? ""].filter(Boolean).join("\u00a0");
  return typeof fact === "boolean" ? t(fact ? "yes" : "no") : JSON.stringify(fact);
}
