/** Asks the API. Every failure is an Error whose message is a sentence. */

import { t } from "./i18n.js";

const AT_ONCE = 4;
const waiting = [];
let running = 0;

/** The type of the refusal to tell what a single household uses. */
const HOUSEHOLD = "/docs#household";

/** Take for nothing what is not told since it is a single household's; every other failure stays one. */
export function unlessHousehold(nothing) {
  return (problem) => {
    if (problem.type !== HOUSEHOLD) throw problem;
    return nothing;
  };
}

/** Fetch one JSON document. */
export async function get(path, query = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== "" && value !== undefined);
  const url = given.length ? `${path}?${new URLSearchParams(given)}` : path;
  const answer = await fetch(url, { headers: { accept: "application/json" } }).catch(() => {
    throw new Error(t("unreachable"));
  });
  return read(answer);
}

async function read(answer) {
  const document = await answer.json().catch(() => {
    throw new Error(t("unreadable", { status: answer.status }));
  });
  if (!answer.ok) throw Object.assign(new Error(document.detail || document.title || `${answer.status}`), { type: document.type, status: answer.status });
  return document;
}

/** Send a change; gives the document of the answer, or nothing where there is none. */
export async function send(method, path, body) {
  const headers = { accept: "application/json", ...(body && { "content-type": "application/json" }) };
  const answer = await fetch(path, { method, headers, body: body && JSON.stringify(body) }).catch(() => {
    throw new Error(t("unreachable"));
  });
  return answer.status === 204 ? undefined : read(answer);
}

/** Fetch all pages of a list by following its next links. */
export async function all(path, member, query = {}) {
  const rows = [];
  let page = await get(path, query);
  rows.push(...page[member]);
  while (page.next) {
    page = await get(page.next);
    rows.push(...page[member]);
  }
  return rows;
}

/** Fetch observations of one datastream; times become milliseconds since 1970. */
export async function observations(thing, property, from, to) {
  const query = { thing, property, from: new Date(from).toISOString(), to: new Date(to).toISOString(), limit: 20000 };
  const page = await get("/v1/observations", query);
  for (const row of page.observations) row.time = Date.parse(row.phenomenon_time);
  return page;
}

/** Do work when few other pieces are under way; gives its promise. */
export function gently(work) {
  return new Promise((resolve, reject) => {
    waiting.push(() => work().then(resolve, reject).finally(next));
    if (running < AT_ONCE) start();
  });
}

function start() {
  const work = waiting.shift();
  if (!work) return;
  running += 1;
  work();
}

function next() {
  running -= 1;
  start();
}
