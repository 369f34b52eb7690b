/** The choice of a span: the last day, week or month, or days from and to. */

import { el, mark } from "./dom.js";
import { localDate } from "./format.js";
import { language, t } from "./i18n.js";
import { daysOf } from "./span.js";
import { FIRST_DAY, isDay, OWN, show, view } from "./view.js";

const OFFERED = ["24h", "7d", "30d"];

export class SpanChoice {
  constructor() {
    this.buttons = [...OFFERED, OWN].map((span) => el("button", { type: "button", "data-span": span, click: () => this.#take(span) }, words(span)));
    const change = () => this.#takeDays();
    [this.from, this.to] = ["from", "to"].map((name) => el("input", { type: "date", class: "field", id: `span-${name}`, "aria-label": t(`span:${name}`), min: FIRST_DAY, max: localDate(Date.now()), change }));
    this.days = el("span", { class: "days", hidden: "" }, this.from, el("span", { "aria-hidden": "true" }, "–"), this.to);
    this.element = el("div", { class: "span-choice" }, el("div", { class: "spans", role: "group", "aria-label": t("span") }, ...this.buttons), this.days);
  }

  #take(span) {
    if (span !== OWN) show({ span, from: "", to: "" });
    else show({ span, ...daysOf(...(this.shown ?? [Date.now() - 864e5, Date.now()])) });
  }

  #takeDays() {
    if (isDay(this.from.value) && isDay(this.to.value)) show({ span: OWN, from: this.from.value, to: this.to.value });
  }

  /** Show which span is in view; `shown` are its instants. */
  refresh(shown) {
    this.shown = shown ?? this.shown;
    for (const button of this.buttons) mark(button, "aria-pressed", `${button.dataset.span === view.span}`);
    this.days.hidden = view.span !== OWN;
    if (view.span === OWN) [this.from.value, this.to.value] = [view.from, view.to];
  }
}

function words(span) {
  if (span === OWN) return t("span:own");
  return language() === "de" ? span.replace("d", "\u00a0T").replace("h", "\u00a0h") : span.replace(/([hd])/, "\u00a0$1");
}
