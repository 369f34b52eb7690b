/** The row of domain cards: each is a tab, and each shows its domain's numbers. */

import { el, flash, mark, say } from "./dom.js";
import { figures } from "./figures.js";
import { language, t } from "./i18n.js";
import { icon } from "./icons.js";
import { show, view } from "./view.js";

const SPEAK_EVERY_MS = 60_000;
const SIGNS = { up: "▲", down: "▼", same: "▬" };

export class Domains {
  #cards = new Map();
  #spoken = 0;

  constructor(host, voice, context) {
    Object.assign(this, { host, voice, ...context });
    host.addEventListener("keydown", (event) => this.#step(event));
  }

  /** Build the cards anew: after loading, and when the language changes. */
  build() {
    mark(this.host, "aria-label", t("domains"));
    this.#cards = new Map(this.city.domains().map((domain) => [domain, this.#card(domain)]));
    this.host.replaceChildren(...this.#cards.values());
    this.#spoken = 0;
    this.update();
  }

  #card(domain) {
    const click = () => show({ domain });
    const card = el("button", { type: "button", role: "tab", class: "domain", "data-domain": domain, "aria-controls": "list", click });
    card.append(el("span", { class: "domain-name" }, icon(domain), t(domain)), el("span", { class: "figures" }));
    return card;
  }

  /** Bring the numbers and the chosen tab up to date. */
  update() {
    for (const [domain, card] of this.#cards) {
      mark(card, "aria-selected", domain === view.domain);
      mark(card, "tabindex", domain === view.domain ? 0 : -1);
      const given = figures(domain, this.city, this.recent.ranges, this.today);
      this.#fill(card.querySelector(".figures"), given);
      this.#tell(card.querySelector(".figure-trend"), this.trend.of(domain, given[0], this.recent.ranges, this.today));
    }
    this.#speak();
  }

  #fill(host, given) {
    for (const figure of given) {
      const shown = host.querySelector(`[data-figure="${figure.id}"]`) ?? host.appendChild(blank(figure));
      const before = shown.querySelector(".figure-number").textContent;
      say(shown.querySelector(".figure-number"), figure.number);
      say(shown.querySelector(".figure-unit"), figure.unit ?? "");
      say(shown.querySelector(".figure-label"), figure.label);
      if (before && before !== figure.number) flash(shown.querySelector(".figure-number"), "color");
    }
  }

  /** Say how the headline stood an hour ago. */
  #tell(host, trend) {
    say(host, trend ? SIGNS[trend.way] : "");
    mark(host, "data-trend", trend?.way);
    const words = trend && t(`trend:${trend.way}`, { before: `${trend.before.number} ${trend.before.unit ?? ""}`.trim() });
    mark(host, "title", words);
    mark(host, "role", trend && "img");
    mark(host, "aria-label", words);
  }

  /** Tell listeners of a screen reader the headlines, but not more often than they can bear. */
  #speak() {
    if (Date.now() - this.#spoken < SPEAK_EVERY_MS || !this.city.things.size) return;
    this.#spoken = Date.now();
    const sentences = [...this.#cards.keys()].map((domain) => {
      const [headline] = figures(domain, this.city, this.recent.ranges, this.today);
      return `${t(domain)}: ${headline.number} ${headline.unit ?? ""} ${headline.label}.`;
    });
    mark(this.voice, "lang", language());
    say(this.voice, sentences.join(" "));
  }

  #step(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const names = [...this.#cards.keys()];
    const domain = names[(names.indexOf(view.domain) + step + names.length) % names.length];
    show({ domain });
    this.#cards.get(domain).focus();
  }
}

function blank(figure) {
  return el("span", { class: "figure", "data-figure": figure.id },
    el("span", { class: "figure-value" }, el("span", { class: "figure-number" }), " ", el("span", { class: "figure-unit" }), " ", el("span", { class: "figure-trend" })),
    el("span", { class: "figure-label" }));
}
