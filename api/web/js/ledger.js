/** The ledger: received = stored + duplicate + superseded + quarantined + empty + dropped + in flight, for all and per source. */

import { all, get } from "./api.js";
import { el, mark, say } from "./dom.js";
import { moment, number } from "./format.js";
import { known, t } from "./i18n.js";

const PARTS = ["stored", "duplicate", "superseded", "quarantined", "empty", "dropped", "in_flight"];
const LATEST = 8;
const ASK_AGAIN_MS = 3000;

export class Ledger {
  #document = null;
  #quarantine = [];
  #counted = -1;
  #asking = false;

  constructor(host, onProblem) {
    Object.assign(this, { host, onProblem });
  }

  /** Build the panel in the language in use. */
  build() {
    this.mark = el("span", { class: "balance", id: "balance" });
    this.bar = el("div", { class: "stack", role: "img" }, ...PARTS.map((part) => el("span", { "data-part": part })));
    this.sentence = el("p", { class: "muted" });
    this.numbers = el("dl", { class: "tally" }, ...PARTS.map((part) => this.#number(part)));
    this.sources = el("tbody");
    this.reasons = el("ul", { class: "quarantine", id: "quarantine" });
    this.received = el("strong", { "data-part": "received" });
    this.host.replaceChildren(
      el("header", {}, el("h2", {}, t("ledger")), this.mark),
      this.sentence,
      el("p", { class: "received" }, this.received, ` ${t("received")} =`),
      this.bar, this.numbers,
      el("div", { class: "more" }, this.#table(), el("h3", {}, t("quarantine")), this.reasons));
    if (this.#document) this.show(this.#document);
    this.#list();
  }

  #number(part) {
    return el("div", { "data-part": part }, el("dt", {}, el("i", { class: "swatch" }), t(part)), el("dd"));
  }

  #table() {
    const swatch = (part) => el("th", { scope: "col", "data-part": part, title: t(part) }, el("i", { class: "swatch" }), el("span", { class: "hidden" }, t(part)));
    const head = [...["source", "received"].map((word) => el("th", { scope: "col" }, t(word))), ...PARTS.map(swatch)];
    return el("div", { class: "scroll" }, el("table", { class: "sources" }, el("thead", {}, el("tr", {}, ...head, el("td"))), this.sources));
  }

  /** Fetch the ledger. */
  async load() {
    this.show(await get("/v1/ledger"));
  }

  /** Show a ledger document. */
  show(document) {
    this.#document = document;
    const { total, balanced } = document;
    mark(this.host, "data-balanced", `${balanced}`);
    say(this.mark, `${balanced ? "✓" : "✕"} ${t(balanced ? "balances" : "differs")}`);
    say(this.sentence, total.received ? t(balanced ? "balancesLong" : "differsLong") : t("ledgerNone"));
    say(this.received, number(total.received));
    for (const part of PARTS) this.#fill(part, total);
    mark(this.bar, "aria-label", PARTS.map((part) => `${t(part)} ${number(total[part])}`).join(", "));
    this.sources.replaceChildren(...document.entries.map(row));
    this.#follow(total.quarantined);
  }

  #fill(part, total) {
    const share = total.received ? total[part] / total.received : 0;
    const piece = this.bar.querySelector(`[data-part="${part}"]`);
    piece.style.flexGrow = share;
    const figure = this.numbers.querySelector(`[data-part="${part}"]`);
    for (const each of [piece, figure]) mark(each, "data-none", total[part] === 0 && "true");
    say(figure.querySelector("dd"), number(total[part]));
  }

  /** Ask for the quarantined messages when there are more of them, and not too often. */
  #follow(quarantined) {
    if (quarantined === this.#counted || this.#asking) return;
    this.#asking = true;
    this.#counted = quarantined;
    this.#ask();
    setTimeout(() => {
      this.#asking = false;
      this.#follow(this.#document.total.quarantined);
    }, ASK_AGAIN_MS);
  }

  async #ask() {
    try {
      this.#quarantine = await all("/v1/quarantine", "quarantine", { limit: 200 });
      this.#list();
    } catch (problem) {
      this.onProblem(problem, () => this.#ask());
    }
  }

  #list() {
    const latest = [...this.#quarantine].sort((a, b) => b.last_seen.localeCompare(a.last_seen)).slice(0, LATEST);
    const more = this.#quarantine.length > LATEST ? [el("li", { class: "muted" }, t("quarantineMore", { n: LATEST, m: number(this.#quarantine.length) }))] : [];
    const none = el("li", { class: "muted" }, t("quarantineNone"));
    this.reasons.replaceChildren(...(latest.length ? [...latest.map(quarantined), ...more] : [none]));
  }
}

function row(entry) {
  const cells = ["received", ...PARTS].map((part) => el("td", { "data-part": part }, number(entry[part])));
  const balance = el("td", { class: "balance", title: t(entry.balanced ? "balances" : "differs") }, entry.balanced ? "✓" : "✕");
  return el("tr", { "data-source": entry.source, "data-balanced": `${entry.balanced}` }, el("th", { scope: "row" }, entry.source, el("small", {}, entry.worker)), ...cells, balance);
}

function quarantined(message) {
  const reason = `reason:${message.reason}`;
  const payload = message.payload ?? message.payload_base64;
  return el("li", { "data-reason": message.reason },
    el("p", {}, el("strong", {}, known(reason) ? t(reason) : message.reason), el("span", { class: "count" }, t("times", { n: number(message.count) })), el("time", { datetime: message.last_seen }, moment(Date.parse(message.last_seen)))),
    el("p", { lang: "en" }, message.detail),
    el("details", {}, el("summary", {}, el("code", {}, message.topic)), el("pre", {}, payload.slice(0, 2000))));
}
