/** What the marks on the map mean, for the domain in view, and the choice of what their colours say. */

import { el } from "./dom.js";
import { t } from "./i18n.js";
import { glyph, reshape } from "./icons.js";
import { show, view } from "./view.js";

const ENTRIES = {
  parking: [
    ["good", 0.35, "plenty"], ["watch", 0.82, "scarce"], ["act", 0.97, "nearlyNone"],
    ["good", 0, "spotFree", "small"], ["taken", 1, "spotTaken", "small"],
  ],
  waste: [["good", 0.35, "below60"], ["watch", 0.7, "from60"], ["act", 0.95, "from80"]],
  energy: [["low", 0.15, "low"], ["middle", 0.5, "middle"], ["high", 0.95, "high"]],
};
const QUALITY = [["good", 0.5, "good"], ["none", 0.5, "unknown"], ["watch", 0.5, "suspect"], ["act", 0.5, "failOrMissing"]];
const TITLES = { parking: "legendParking", waste: "legendWaste", energy: "legendEnergy" };

/** Write the legend of a domain. */
export function legend(host, domain) {
  const quality = view.tint === "quality";
  const entries = (quality ? QUALITY : (ENTRIES[domain] ?? [])).map(([level, share, word, size]) => entry(level, share, t(word), { size }));
  const always = [entry("none", 0, t("stale"), { stale: true })];
  host.replaceChildren(el("p", {}, t(quality ? "legendQuality" : (TITLES[domain] ?? domain))), el("ul", {}, ...entries, ...always), tints());
}

function tints() {
  const choices = [["", "tintState"], ["quality", "tintQuality"]].map(([tint, word]) =>
    el("button", { type: "button", "aria-pressed": `${view.tint === tint}`, "data-tint": tint || "state", click: () => show({ tint }) }, t(word)));
  return el("div", { class: "spans tints", role: "group", "aria-label": t("tintLabel") }, ...choices);
}

function entry(level, share, words, { size, stale }) {
  const drawn = glyph("none");
  reshape(drawn, level, share);
  return el("li", { "data-level": level, "data-size": size, "data-stale": stale && "true" }, drawn, words);
}
