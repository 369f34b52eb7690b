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

const listeners = [];

export const view = { ...START, ...read() };

function read() {
  const given = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
  const known = Object.keys(START).filter((name) => name in given).map((name) => [name, given[name]]);
  const found = Object.fromEntries(known);
  for (const name of ["from", "to"]) if (!A_DAY.test(found[name]) || Number.isNaN(Date.parse(found[name]))) delete found[name];
  if (found.span === OWN ? !(found.from && found.to) : !(found.span in SPANS)) delete found.span;
  if (found.page !== PAGE || !found.thing || found.wall) delete found.page;
  return found;
}

/** Call a listener with the names of what changed, after each change. */
export function onView(listener) {
  listeners.push(listener);
}

/** Change the view; opening a thing or its page makes a step in the browser's history. Without a thing there is no page of it. */
export function show(changes) {
  const before = { ...view };
  if (!adopt(changes.thing === "" ? { ...changes, page: "" } : changes)) return;
  const address = hashOf({});
  if (view.thing !== before.thing || view.page !== before.page) history.pushState(null, "", address);
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
