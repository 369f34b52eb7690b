/** What is being looked at: domain, thing, property, span, list of tasks. It lives in the URL's hash, so that a view can be linked. */

import { DAY, HOUR } from "./format.js";

export const SPANS = { "6h": 6 * HOUR, "24h": DAY, "7d": 7 * DAY };
const START = { domain: "parking", thing: "", property: "", span: "24h", task: "", tint: "", wall: "" };

const listeners = [];

export const view = { ...START, ...read() };

function read() {
  const given = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
  const known = Object.keys(START).filter((name) => name in given).map((name) => [name, given[name]]);
  const found = Object.fromEntries(known);
  if (!(found.span in SPANS)) delete found.span;
  return found;
}

/** Call a listener with the names of what changed, after each change. */
export function onView(listener) {
  listeners.push(listener);
}

/** Change the view; opening a thing makes a step in the browser's history. */
export function show(changes) {
  const before = view.thing;
  if (!adopt(changes)) return;
  const shown = Object.entries(view).filter(([name, value]) => value && value !== START[name]);
  const hash = `#${new URLSearchParams(shown)}`;
  if (view.thing !== before) history.pushState(null, "", hash);
  else history.replaceState(null, "", hash);
}

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
