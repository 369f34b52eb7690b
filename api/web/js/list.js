/** The list of a domain's things: rows are built when they are reached, then changed in place. */

import { el, flash, mark, say } from "./dom.js";
import { number } from "./format.js";
import { known, t, title } from "./i18n.js";
import { judge, wantsLook } from "./judge.js";
import { hasRoom, isGoneTo } from "./near.js";
import { Row } from "./row.js";
import { onView, view } from "./view.js";

/** The fullest container first; elsewhere what people look for, by name. */
const FIRST = { waste: { by: "value", down: true } };
const LOOKED_FOR = ["parking_lot", "parking_spot", "energy_meter"];
/** Rows that are built at once; more follow when the last one is reached. */
const ROWS = 100;
const collator = new Intl.Collator("de", { numeric: true });

export class List {
  /** The things of the domain in view; none before they are known. */
  things = [];
  #rows = new Map();
  #filter = { search: "", district: "", kind: "", attention: false };
  #order = {};

  constructor(host, context) {
    Object.assign(this, { host, ...context });
    this.#watch = new IntersectionObserver((seen) => this.#appeared(seen), { root: null, rootMargin: "200px" });
    onView((changed) => changed.has("thing") && this.#choose());
  }

  #watch;
  #visible = new Set();
  /** The things that pass the filter, in their order, and how many of them have a row. */
  #shown = [];
  #reached = ROWS;

  /** Build the list of the domain in view. */
  build() {
    this.things = this.city.of(view.domain).sort((a, b) => collator.compare(a.name, b.name));
    Object.assign(this.#filter, { district: "", kind: "" });
    this.#order = this.#firstOrder();
    this.body = el("tbody");
    this.further = el("tfoot", {}, el("tr", {}, el("td", { colspan: 4 }, el("button", { type: "button", class: "link", id: "further", click: () => this.#reachOn() }, t("further")))));
    this.count = el("span", { class: "count" });
    this.nearNote = el("p", { class: "near-note", role: "status" });
    this.nothing = el("p", { class: "empty", hidden: "" }, t("noMatch"), " ", el("button", { type: "button", class: "link", click: () => this.#clear() }, t("clear")));
    this.host.replaceChildren(...(this.things.length ? this.#filled() : [this.#none()]));
    this.refresh();
    this.#choose();
  }

  #firstOrder() {
    if (this.#nearby) return { by: "near", down: false };
    return { ...(FIRST[view.domain] ?? { by: "kind", down: false }) };
  }

  get #nearby() {
    return this.near.known && isGoneTo(view.domain);
  }

  #filled() {
    this.#watch.disconnect();
    this.#visible.clear();
    this.#rows.clear();
    this.#reached = ROWS;
    this.#watch.observe(this.further);
    const table = el("table", { class: "things", "aria-label": t(view.domain) }, el("thead", {}, this.#heads()), this.body, this.further);
    return [this.#filters(), el("div", { class: "scroll" }, table, this.nothing)];
  }

  #heads() {
    const heads = [["name", "colName"], ["value", "colValue"], ["", "colDay"], ["age", "colAge"]].map(([by, word]) => {
      const inside = by ? el("button", { type: "button", class: "sort", click: () => this.#sortBy(by) }, t(word)) : t(word);
      return el("th", { scope: "col", "data-by": by }, inside);
    });
    this.heads = heads;
    return el("tr", {}, ...heads);
  }

  #filters() {
    const search = el("input", { type: "search", class: "field", placeholder: t("search"), "aria-label": t("searchLabel"), value: this.#filter.search });
    search.addEventListener("input", () => this.#narrow({ search: search.value }));
    const districts = [...new Set(this.things.map((thing) => thing.district).filter(Boolean))].sort(collator.compare);
    const kinds = [...new Set(this.things.map((thing) => thing.kind))];
    const press = (event) => this.#narrow({ attention: !this.#filter.attention }, event.currentTarget);
    return el("div", { class: "filters" },
      search,
      this.#select("district", t("allDistricts"), districts.map((name) => [name, name])),
      kinds.length > 1 ? this.#select("kind", t("allKinds"), kinds.map((name) => [name, title(this.city.kinds.get(name) ?? { name })])) : null,
      el("button", { type: "button", class: "chip", "aria-pressed": `${this.#filter.attention}`, click: press }, t("attention")),
      isGoneTo(view.domain) ? this.#nearChip() : null,
      this.count, this.nearNote);
  }

  #nearChip() {
    const press = (event) => this.#goNear(event.currentTarget);
    return el("button", { type: "button", class: "chip", id: "near", "aria-pressed": `${this.near.known}`, click: press }, t(`near:${view.domain}`));
  }

  /** List what is near and has room, or all again. */
  async #goNear(chip) {
    const told = this.near.known ? this.near.forget() : this.near.ask();
    say(this.nearNote, this.near.words(""));
    await told;
    mark(chip, "aria-pressed", `${this.near.known}`);
    this.#order = this.#firstOrder();
    this.refresh();
  }

  #select(name, every, options) {
    const change = (event) => this.#narrow({ [name]: event.target.value });
    const choices = [["", every], ...options].map(([value, label]) => el("option", { value }, label));
    return el("select", { class: "field", "aria-label": every, change }, ...choices);
  }

  #none() {
    const code = (text) => el("code", {}, text);
    if (this.city.things.size) return el("p", { class: "empty" }, t("noThingsHere"));
    return el("div", { class: "empty", id: "no-things" }, el("h2", {}, t("noThings")),
      el("p", {}, t("noThingsHint"), el("br"), code("smilecity things add city.geojson")),
      el("p", {}, t("noThingsSimulated"), el("br"), code("smilecity up --simulate")));
  }

  #narrow(change, button) {
    Object.assign(this.#filter, change);
    if (button) mark(button, "aria-pressed", `${this.#filter.attention}`);
    this.#reached = ROWS;
    this.refresh();
  }

  #clear() {
    this.#filter = { search: "", district: "", kind: "", attention: false };
    this.near.forget();
    this.build();
  }

  #sortBy(by) {
    this.#order = { by, down: this.#order.by === by ? !this.#order.down : by === "value" };
    this.refresh();
  }

  /** Bring every row up to date, and filter and order them anew. */
  refresh() {
    if (!this.things.length) return;
    const judged = new Map(this.things.map((thing) => [thing.id, judge(thing, this.city, this.recent.ranges)]));
    this.#shown = this.things.filter((thing) => this.#passes(thing, judged.get(thing.id)));
    this.#sort(judged);
    this.#reachChosen();
    this.#place(judged);
    const n = number(this.#shown.length);
    this.count.textContent = t("shown", { n, m: number(this.things.length) });
    this.nothing.hidden = this.#shown.length > 0;
    say(this.nearNote, this.near.words(n));
    for (const head of this.heads) mark(head, "aria-sort", head.dataset.by === this.#order.by && (this.#order.down ? "descending" : "ascending"));
    this.#mark();
    for (const thing of this.#visible) this.recent.want(thing);
  }

  /** Bring the rows that are reached up to date and into their order, touching the page only where it differs. */
  #place(judged) {
    const rows = this.#shown.slice(0, this.#reached).map((thing) => this.#row(thing));
    for (const row of rows) row.update(judged.get(row.thing.id));
    for (const row of rows) row.measure(this.near.metres(row.thing));
    this.further.hidden = this.#reached >= this.#shown.length;
    const now = this.body.children;
    if (now.length === rows.length && rows.every((row, i) => now[i] === row.element)) return;
    this.body.replaceChildren(...rows.map((row) => row.element));
  }

  #row(thing) {
    if (!this.#rows.has(thing.id)) {
      this.#rows.set(thing.id, new Row(thing, this));
      this.#watch.observe(this.#rows.get(thing.id).element);
    }
    return this.#rows.get(thing.id);
  }

  #reachOn() {
    this.#reached += ROWS;
    this.refresh();
  }

  /** Let the chosen thing have a row, however far down. */
  #reachChosen() {
    const place = this.#shown.findIndex((thing) => thing.id === view.thing);
    if (place >= this.#reached) this.#reached = Math.ceil((place + 1) / ROWS) * ROWS;
  }

  #passes(thing, judged) {
    const { search, district, kind, attention } = this.#filter;
    const text = `${thing.name} ${thing.id} ${thing.district} ${thing.operator} ${fraction(thing)}`.toLocaleLowerCase();
    if (!text.includes(search.trim().toLocaleLowerCase())) return false;
    if (this.#nearby && !hasRoom(thing, judged)) return false;
    return (!district || thing.district === district) && (!kind || thing.kind === kind) && (!attention || wantsLook(judged));
  }

  /** Order what is shown; it comes in the order of names, in which equal ones stay. */
  #sort(judged) {
    const { by, down } = this.#order;
    if (by !== "name") this.#shown.sort((a, b) => this.#compare(a, b, judged));
    else if (down) this.#shown.reverse();
  }

  #compare(a, b, judged) {
    const sign = this.#order.down ? -1 : 1;
    const key = { value: (thing) => judged.get(thing.id).share, age: (thing) => judged.get(thing.id).age, near: (thing) => this.near.metres(thing), kind: rank }[this.#order.by];
    const [x, y] = [key(a), key(b)];
    if (x === null || y === null) return (x === null) - (y === null);
    return sign * (x - y);
  }

  /** Show what came in for some things. */
  touch(ids) {
    for (const id of ids) {
      const row = this.#rows.get(id);
      if (row?.update(judge(row.thing, this.city, this.recent.ranges)) && this.#visible.has(row.thing)) flash(row.element);
    }
  }

  /** Draw the last day of a thing that has arrived. */
  redraw(thing) {
    this.#rows.get(thing.id)?.drawDay();
  }

  #appeared(seen) {
    for (const { target, isIntersecting } of seen) {
      if (target === this.further && isIntersecting) this.#reachOn();
      const thing = this.city.things.get(target.dataset.thing);
      this.#visible.delete(thing);
      if (!isIntersecting || !thing) continue;
      this.#visible.add(thing);
      this.recent.want(thing);
    }
  }

  #choose() {
    if (view.thing && !this.#rows.has(view.thing)) this.refresh();
    this.#mark();
    this.#rows.get(view.thing)?.element.scrollIntoView({ block: "nearest" });
  }

  #mark() {
    for (const [id, row] of this.#rows) mark(row.element, "aria-current", id === view.thing && "true");
  }
}

function rank({ kind }) {
  return LOOKED_FOR.includes(kind) ? LOOKED_FOR.indexOf(kind) : LOOKED_FOR.length;
}

function fraction(thing) {
  const name = thing.properties.fraction ?? "";
  return known(name) ? t(name) : name;
}
