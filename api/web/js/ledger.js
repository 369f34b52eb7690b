/** The ledger: received = stored + duplicate + superseded + quarantined + empty + dropped + in flight, for all and per source. */

import { get } from "./api.js";
import { el, mark, say } from "./dom.js";
import { number } from "./format.js";
import { t } from "./i18n.js";
import { Quarantine } from "./quarantine.js";

const PARTS = ["stored", "duplicate", "superseded", "quarantined", "empty", "dropped", "in_flight"];

export class Ledger {
  #document = null;

  /** `may` tells whether messages in quarantine may be read again by whoever looks. */
  constructor(host, { onProblem, may }) {
    this.host = host;
    this.quarantine = new Quarantine({ onProblem, may });
  }

  /** Build the panel in the language in use. */
  build() {
    this.mark = el("span", { class: "balance", id: "balance" });
    this.bar = el("div", { class: "stack", role: "img" }, ...PARTS.map((part) => el("span", { "data-part": part })));
    this.sentence = el("p", { class: "muted" });
    this.numbers = el("dl", { class: "tally" }, ...PARTS.map((part) => this.#number(part)));
    this.sources = el("tbody");
    this.received = el("strong", { "data-part": "received" });
    this.host.replaceChildren(
      el("header", {}, el("h2", {}, t("ledger")), this.mark),
      this.sentence,
      el("p", { class: "received" }, this.received, ` ${t("received")} =`),
      this.bar, this.numbers,
      el("div", { class: "more" }, this.#table(), this.quarantine.build()));
    if (this.#document) this.show(this.#document);
  }

  #number(part) {
    return el("div", { "data-part": part }, el("dt", {}, el("i", { class: "swatch" }), t(part)), el("dd"));
  }

  #table() {
    const swatch = (part) => el("th", { scope: "col", "data-part": part, title: t(part) }, el("i", { class: "swatch" }), el("span", { class: "hidden" }, t(part)));
    const head = [...["source", "received"].map((word) => el("th", { scope: "col" }, t(word))), ...PARTS.map(swatch)];
    return el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": t("sources") }, el("table", { class: "sources" }, el("thead", {}, el("tr", {}, ...head, el("td"))), this.sources));
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
    this.quarantine.follow(total.quarantined);
  }

  #fill(part, total) {
    const share = total.received ? total[part] / total.received : 0;
    const piece = this.bar.querySelector(`[data-part="${part}"]`);
    piece.style.flexGrow = share;
    const figure = this.numbers.querySelector(`[data-part="${part}"]`);
    for (const each of [piece, figure]) mark(each, "data-none", total[part] === 0 && "true");
    say(figure.querySelector("dd"), number(total[part]));
  }
}

function row(entry) {
  const cells = ["received", ...PARTS].map((part) => el("td", { "data-part": part }, number(entry[part])));
  const balance = el("td", { class: "balance", title: t(entry.balanced ? "balances" : "differs") }, entry.balanced ? "✓" : "✕");
  return el("tr", { "data-source": entry.source, "data-balanced": `${entry.balanced}` }, el("th", { scope: "row" }, entry.source, el("small", {}, entry.worker)), ...cells, balance);
}
