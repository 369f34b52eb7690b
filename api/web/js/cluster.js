/** One mark for many things that stand too close to be told apart: how many they are, and how they are. */

import { el, mark, say } from "./dom.js";
import { number } from "./format.js";
import { t } from "./i18n.js";
import { wantsLook } from "./judge.js";

/** Pixels of a square whose things become one mark. */
const CELL_PX = 76;
/** Up to so many in a square stand for themselves. */
const FEW = 2;
const SMALLEST_PX = 34;
const PX_PER_TENFOLD = 9;
/** From what should be seen first to what can wait. */
const COLOURS = {
  act: "var(--act)",
  watch: "var(--watch)",
  taken: "var(--taken)",
  high: "var(--power)",
  middle: "color-mix(in srgb, var(--power) 65%, var(--card))",
  good: "var(--good)",
  low: "color-mix(in srgb, var(--power) 35%, var(--card))",
  none: "var(--none)",
};

/** Join `{thing, x, y}` that share a square, but not those that `keep` names: gives `{alone, together}`. */
export function joined(placed, keep) {
  const cells = new Map();
  for (const one of placed) {
    const key = keep(one.thing) ? one.thing.id : `${Math.floor(one.x / CELL_PX)}:${Math.floor(one.y / CELL_PX)}`;
    if (cells.has(key)) cells.get(key).push(one);
    else cells.set(key, [one]);
  }
  const alone = [...cells.values()].filter((cell) => cell.length <= FEW).flat();
  return { alone, together: new Map([...cells].filter(([, cell]) => cell.length > FEW)) };
}

export class Cluster {
  constructor(members) {
    this.members = members;
    this.count = el("b");
    this.element = el("span", { class: "cluster" }, this.count);
    this.size = SMALLEST_PX + PX_PER_TENFOLD * Math.log10(members.length);
    this.element.style.setProperty("--cluster", `${this.size.toFixed(0)}px`);
  }

  /** The middle of its members. */
  get at() {
    const sum = (name) => this.members.reduce((total, { thing }) => total + thing.location[name], 0) / this.members.length;
    return [sum("latitude"), sum("longitude")];
  }

  /** What its members stand within. */
  get bounds() {
    return L.latLngBounds(this.members.map(({ thing }) => [thing.location.latitude, thing.location.longitude]));
  }

  /** Show how its members are, by a judgement of each. */
  update(judge) {
    const judged = this.members.map(({ thing }) => judge(thing));
    const levels = Object.keys(COLOURS).map((level) => [level, judged.filter((one) => (one.stale ? "none" : one.level) === level).length]);
    this.element.style.setProperty("--ring", ring(levels, judged.length));
    mark(this.element, "data-level", levels.find(([, n]) => n)[0]);
    say(this.count, number(judged.length));
    this.words = t("cluster", { n: number(judged.length), m: number(judged.filter(wantsLook).length) });
  }
}

/** Draw the shares as sectors of a ring. */
function ring(levels, total) {
  let from = 0;
  const sectors = levels.filter(([, n]) => n).map(([level, n]) => {
    const to = from + (360 * n) / total;
    const sector = `${COLOURS[level]} ${from.toFixed(1)}deg ${to.toFixed(1)}deg`;
    from = to;
    return sector;
  });
  return `conic-gradient(${sectors.join(", ")})`;
}
