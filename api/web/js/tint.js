/** What the colours on the map say: how a thing is, or how good its newest observation is. */

import { view } from "./view.js";

const LEVELS = { good: "good", unknown: "none", suspect: "watch", fail: "act", missing: "act" };

/** Give a judgement the colour of its quality where that is asked for. */
export function tinted(judged) {
  return view.tint === "quality" ? { ...judged, level: LEVELS[judged.quality] ?? "none" } : judged;
}
