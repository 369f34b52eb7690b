/** One thing's row in the list. */

import { el, mark, say } from "./dom.js";
import { age, distance, moment, number, value } from "./format.js";
import { known, t, title } from "./i18n.js";
import { glyph, reshape } from "./icons.js";
import { drawSpark, spark } from "./spark.js";
import { show } from "./view.js";

export class Row {
  #shown = "";
  #metres = null;

  constructor(thing, { city, recent }) {
    Object.assign(this, { thing, city, recent });
    this.glyph = glyph("none");
    this.fill = el("span", { class: "bar-fill" });
    this.result = el("span", { class: "result" });
    this.flag = el("span", { class: "flag", hidden: "" }, "!");
    this.age = el("td", { class: "age" });
    this.spark = spark();
    this.subtitle = el("small", {}, this.#subtitle());
    this.element = this.#build();
    this.drawDay();
  }

  #build() {
    const open = () => show({ thing: this.thing.id, property: "" });
    const name = el("button", { type: "button", class: "open" }, this.thing.name);
    return el("tr", { "data-thing": this.thing.id, click: open },
      el("th", { scope: "row" }, el("span", { class: "who" }, this.glyph, el("span", {}, name, this.subtitle))),
      el("td", { class: "now" }, this.result, this.flag, el("span", { class: "bar" }, this.fill)),
      el("td", { class: "day" }, this.spark),
      this.age);
  }

  #subtitle() {
    const { district, kind, properties } = this.thing;
    if (properties.fraction && known(properties.fraction)) return [t(properties.fraction), district].filter(Boolean).join(" · ");
    return district || title(this.city.kinds.get(kind) ?? { name: kind });
  }

  /** Say how far away it is, in metres; null where that is not known. */
  measure(metres) {
    if (metres === this.#metres) return;
    this.#metres = metres;
    say(this.subtitle, [metres === null ? "" : distance(metres), this.#subtitle()].filter(Boolean).join(" · "));
  }

  /** Show a judgement; tells whether the result or its time differs from what was shown. */
  update(judged) {
    const { element } = this;
    const seen = this.city.observation(this.thing.id, judged.property.name);
    mark(element, "data-level", judged.level);
    mark(element, "data-stale", judged.stale && "true");
    mark(this.result, "data-property", judged.property.name);
    mark(this.result, "data-result", judged.result);
    say(this.result, this.#text(judged));
    this.#qualify(judged);
    this.fill.parentNode.hidden = Boolean(judged.property.categories?.length);
    this.fill.style.inlineSize = percentOf(judged.share);
    reshape(this.glyph, judged.level, fillOf(judged));
    say(this.age, judged.age === null ? "–" : age(judged.age));
    mark(this.age, "title", seen ? moment(seen.time) : t("noneYet"));
    return this.#differs(`${judged.result}@${seen?.time}`);
  }

  #text({ result, property }) {
    const capacity = Number(this.thing.properties.capacity);
    if (property.name === "available_spot_number" && result !== null && capacity) return `${number(result)} / ${number(capacity)}`;
    return value(result, property);
  }

  #qualify({ flagged, quality, stale, age: old }) {
    this.flag.hidden = !flagged;
    mark(this.flag, "title", flagged && t(quality));
    mark(this.element, "title", stale && old !== null && t("staleSince", { age: age(old) }));
  }

  #differs(now) {
    const before = this.#shown;
    this.#shown = now;
    return before !== "" && before !== now;
  }

  /** Draw the last 24 hours where they are known. */
  drawDay() {
    const rows = this.recent.rows(this.thing);
    if (!rows?.length) return;
    const property = this.city.property(this.city.headline(this.thing.kind));
    const top = { "%": 100, "{space}": Number(this.thing.properties.capacity) || undefined }[property.unit];
    drawSpark(this.spark, rows, property, top);
  }
}

function percentOf(share) {
  return `${100 * Math.min(1, Math.max(0, share ?? 0))}%`;
}

/** Give how far a shape is filled: a free space is empty, a car park is filled by what is taken. */
export function fillOf({ level, share, property }) {
  if (share === null) return 0;
  return property.name === "available_spot_number" ? 1 - share : share;
}
