/** The panel of what is to be done: a tab per list, and in each the things, the most urgent first, with the reason. */

import { el, mark, say } from "./dom.js";
import { MINUTE, number } from "./format.js";
import { t } from "./i18n.js";
import { Entry } from "./task_entry.js";
import { onView, show, view } from "./view.js";

const RENEW_MS = MINUTE;
const AT_FIRST = 40;

export class Tasks {
  #tabs = new Map();
  #entries = new Map();
  #whole = false;
  #timer = null;

  /** `lists` have a name, `known`, `failure`, `entries()`, `summary()` and `renew()`. */
  constructor(host, { city, lists }) {
    Object.assign(this, { host, city, lists });
    onView((changed) => changed.has("task") && this.#turn());
    document.addEventListener("visibilitychange", () => document.hidden || this.renew());
  }

  /** Show the panel to those who may see it, and keep it true. */
  begin() {
    if (this.#timer) return;
    this.host.hidden = false;
    this.#timer = setInterval(() => document.hidden || this.renew(), RENEW_MS);
    this.renew();
  }

  /** Ask for every list again. */
  async renew() {
    if (this.#timer) await Promise.all(this.lists.map((list) => list.renew().then(() => this.draw())));
  }

  get #list() {
    return this.lists.find(({ name }) => name === view.task) ?? this.lists[0];
  }

  /** Build the panel in the language in use. */
  build() {
    this.#entries.clear();
    this.#tabs = new Map(this.lists.map((list) => [list.name, this.#tab(list)]));
    this.spoken = el("p", { role: "status" });
    this.summary = el("p", { class: "muted" });
    this.failure = el("p", { class: "task-failure", role: "alert" });
    this.rows = el("ul", { class: "task-rows" });
    this.more = el("button", { type: "button", class: "link", hidden: "", click: () => this.#showAll() });
    this.panel = el("div", { role: "tabpanel", id: "task-panel" }, this.spoken, this.summary, this.failure, this.rows, this.more);
    const tabs = el("div", { role: "tablist", class: "task-tabs", "aria-label": t("tasks"), keydown: (event) => this.#step(event) }, ...this.#tabs.values());
    this.host.replaceChildren(el("h2", { id: "tasks-title" }, t("tasks")), tabs, this.panel);
    this.draw();
  }

  #tab({ name }) {
    const click = () => show({ task: name });
    return el("button", { type: "button", role: "tab", class: "chip", id: `task-${name}`, "data-task": name, "aria-controls": "task-panel", click }, t(name), " ", el("b", { class: "task-count" }));
  }

  #turn() {
    this.#whole = false;
    this.#entries.clear();
    this.draw();
  }

  #showAll() {
    const next = this.rows.children.length;
    this.#whole = true;
    this.draw();
    this.rows.children[next]?.querySelector("button")?.focus();
  }

  /** Bring tabs and list up to date. */
  draw() {
    const list = this.#list;
    for (const each of this.lists) this.#count(each, each === list);
    mark(this.panel, "aria-labelledby", `task-${list.name}`);
    mark(this.panel, "aria-busy", !list.known && !list.failure && "true");
    const entries = list.entries();
    say(this.failure, list.failure && t("taskFailed", { why: list.failure }));
    say(this.spoken, words(list, entries.length));
    say(this.summary, list.known ? list.summary() : "");
    this.#place(this.#whole ? entries : entries.slice(0, AT_FIRST));
    this.more.hidden = this.#whole || entries.length <= AT_FIRST;
    say(this.more, t("showAll", { n: number(entries.length) }));
  }

  #count(list, chosen) {
    const tab = this.#tabs.get(list.name);
    const n = list.known ? number(list.entries().length) : list.failure ? "!" : "…";
    say(tab.querySelector(".task-count"), n);
    mark(tab, "aria-label", t("taskCount", { name: t(list.name), n }));
    mark(tab, "aria-selected", `${chosen}`);
    mark(tab, "tabindex", chosen ? 0 : -1);
  }

  /** Put the entries into their order; one that says the same stays the same element, and keeps the focus. */
  #place(entries) {
    const kept = new Map();
    for (const entry of entries) {
      const before = this.#entries.get(entry.key);
      kept.set(entry.key, before?.says(entry) ? before : new Entry(entry, this.city));
    }
    this.#entries = kept;
    const rows = [...kept.values()].map(({ element }) => element);
    const now = this.rows.children;
    if (now.length === rows.length && rows.every((row, i) => row === now[i])) return;
    const held = this.rows.contains(document.activeElement) ? document.activeElement.closest("li").dataset.key : "";
    this.rows.replaceChildren(...rows);
    kept.get(held)?.focus();
  }

  #step(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const { length } = this.lists;
    const { name } = this.lists[(this.lists.indexOf(this.#list) + step + length) % length];
    show({ task: name });
    this.#tabs.get(name).focus();
  }
}

/** Say what no entry says; as of when it is stands apart, so that no screen reader speaks of every minute. */
function words(list, entries) {
  if (list.known) return entries ? "" : t(`${list.name}None`);
  return list.failure ? "" : t("loading");
}
