/** One thing to be done: its name leads to the thing, and the reason stands below. */

import { el } from "./dom.js";
import { t } from "./i18n.js";
import { glyph, reshape } from "./icons.js";
import { show, view } from "./view.js";

export class Entry {
  #said;

  constructor(entry, city) {
    this.#said = JSON.stringify(entry);
    this.element = this.#build(entry, city);
  }

  /** Whether it says all of this already. */
  says(entry) {
    return this.#said === JSON.stringify(entry);
  }

  /** Take the focus. */
  focus() {
    this.element.querySelector("button")?.focus();
  }

  #build(entry, city) {
    const { key, thing, level, word, reason, where, action } = entry;
    const shape = glyph(level);
    reshape(shape, level, level === "none" ? 0 : 1);
    return el("li", { "data-key": key, "data-thing": thing, "data-level": level },
      shape,
      el("div", {},
        el("p", { class: "task-name" }, this.#name(entry, city), el("span", { class: "task-word" }, t(word))),
        el("p", {}, reason),
        el("p", { class: "muted" }, where), action ? button(entry) : null));
  }

  /** What is no thing that the page knows is named, and leads nowhere. */
  #name({ thing, name }, city) {
    if (!city.things.has(thing)) return el("span", { class: "open" }, name);
    const click = () => show({ domain: city.things.get(thing)?.domain ?? view.domain, thing, property: "" });
    return el("button", { type: "button", class: "open", click }, name);
  }
}

function button({ name, action: { word, run } }) {
  return el("button", { type: "button", class: "chip", "aria-label": t(`${word}Named`, { name }), click: run }, t(word));
}
