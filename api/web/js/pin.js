/** One thing's mark on the map: its shape says its state, its filling how much, its number where there is room. */

import { el, flash, mark, say } from "./dom.js";
import { number, value } from "./format.js";
import { t } from "./i18n.js";
import { glyph, reshape } from "./icons.js";
import { fillOf } from "./row.js";

const SMALLEST_METER = 0.7;

export class Pin {
  #shown = "";

  constructor(thing) {
    this.thing = thing;
    this.glyph = glyph("none");
    this.text = el("span", { class: "pin-text" });
    this.element = el("span", { class: "pin", "data-thing": thing.id, "data-kind": thing.kind, "data-domain": thing.domain }, this.glyph, this.text);
  }

  /** Show a judgement. */
  update(judged) {
    const { element, thing } = this;
    mark(element, "data-level", judged.level);
    mark(element, "data-stale", judged.stale && "true");
    mark(element, "data-flagged", judged.flagged && "true");
    mark(element, "data-result", judged.result);
    reshape(this.glyph, judged.level, fillOf(judged));
    if (thing.kind === "parking_lot") say(this.text, judged.result === null ? "–" : number(judged.result));
    if (thing.kind === "energy_meter") element.style.setProperty("--size", SMALLEST_METER + 0.6 * (judged.share ?? 0));
    this.#announce(judged);
  }

  #announce({ result, property, stale }) {
    const words = [this.thing.name, value(result, property), stale ? t("stale") : ""].filter(Boolean).join(", ");
    const changed = this.#shown !== "" && this.#shown !== words;
    this.#shown = words;
    mark(this.element.parentNode, "aria-label", words);
    if (changed) flash(this.element);
  }

  /** Stand a little beside the true place, so that neighbours can be seen. */
  move(dx, dy) {
    this.element.style.setProperty("--dx", `${dx.toFixed(1)}px`);
    this.element.style.setProperty("--dy", `${dy.toFixed(1)}px`);
  }

  /** Give the words for the small note beside the mark. */
  note(judged) {
    const result = el("strong", {}, value(judged.result, judged.property));
    return el("span", {}, this.thing.name, el("br"), result, judged.stale ? ` · ${t("stale")}` : "");
  }
}
