/**
 * What is being looked at: domain, thing, property, span, list of tasks; on the page of a thing also from and to (days),
 * and with what it is compared. It lives in the URL's hash, so that a view can be linked.
 */

import { DAY } from "./format.js";

export const SPANS = { "24h": DAY, "7d": 7 * DAY, "30d": 30 * DAY };
/** The span that is told by `from` and `to`. */
export const OWN = "own";
export const PAGE = "thing";
const START = { page: "", domain: "parking", thing: "", property: "", span: "24h", from: "", to: "", with: "", other: "", task: "", tint: "", wall: "" };
const A_DAY = /^\d{4}-\d\d-\d\d$/;
/** Before it and after it the platform knows of nothing. */
export const FIRST_DAY = "1970-01-02";
const LAST_DAY = "2099-12-30";

/** What, when it changes, is another place to be at. */
export const STEPS = ["domain", "thing", "page"];

const listeners = [];

export const view = { ...START, ...read() };

function read() {
  const given = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
  const known = Object.keys(START).filter((name) => name in given).map((name) => [name, given[name]]);
  const found = Object.fromEntries(known);
  for (const name of ["from", "to"]) if (!isDay(found[name])) delete found[name];
  if (found.span === OWN ? !(found.from && found.to) : !(found.span in SPANS)) delete found.span;
  if (found.with === found.thing) delete found.with;
  if (found.page !== PAGE || !found.thing || found.wall) delete found.page;
  return found;
}

/** Tell whether a text is a day that there was or will be. */
export function isDay(text) {
  if (!A_DAY.test(text) || text < FIRST_DAY || text > LAST_DAY) return false;
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}

/** Call a listener with the names of what changed, after each change. */
export function onView(listener) {
  listeners.push(listener);
}

/** Change the view; another domain, thing or page is a step in the browser's history. Without a thing there is no page of it. */
export function show(changes) {
  const before = { ...view };
  if (!adopt(changes.thing === "" ? { ...changes, page: "" } : changes)) return;
  const address = hashOf({});
  if (!view.wall && STEPS.some((name) => view[name] !== before[name])) history.pushState(null, "", address);
  else history.replaceState(null, "", address);
}

/** Write the address of the view with some changes. */
export function hashOf(changes) {
  const shown = Object.entries({ ...view, ...changes }).filter(([name, value]) => value && value !== START[name]);
  return `#${new URLSearchParams(shown)}`;
}

/** What belongs to the page of a thing, and is let go of with it. */
export const OFF_PAGE = { page: "", from: "", to: "", with: "", other: "", span: START.span };

function adopt(changes) {
  const changed = new Set(Object.keys(changes).filter((name) => view[name] !== changes[name]));
  if (!changed.size) return false;
  Object.assign(view, changes);
  for (const listener of listeners) listener(changed);
  return true;
}

/** Follow the browser's back and forward buttons and hand-written hashes. */
export function followLocation() {
  const follow = () => adopt({ ...START, ...read() });
  addEventListener("popstate", follow);
  addEventListener("hashchange", follow);
}
