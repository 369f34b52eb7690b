/** The alerts of one thing: those that stand, to be acknowledged, and what there was before. */

import { get } from "./api.js";
import { el, renew } from "./dom.js";
import { duration, moment } from "./format.js";
import { language, t } from "./i18n.js";
import { glyph, reshape } from "./icons.js";

const LEVEL = { critical: "act", warning: "watch", info: "none" };
const STANDING = new Set(["firing", "acknowledged"]);
const MOST_PAST = 12;

export class Incidents {
  #asked = 0;
  #said = "";

  /** `acknowledge` is called with an alert and what is to be done after; `may` and `reads` tell what somebody may do. */
  constructor({ acknowledge, may, reads }) {
    Object.assign(this, { acknowledge, may, reads });
    this.element = el("section", { class: "card incidents", hidden: "" });
  }

  /** Ask for the alerts of a thing, and show them to those who may read them. */
  async of(thing) {
    const asked = (this.#asked += 1);
    this.element.hidden = !this.reads();
    if (!this.reads()) return;
    if (this.thing !== thing) this.#show([el("p", { class: "muted" }, t("loading"))]);
    this.thing = thing;
    try {
      const changes = await everyChange(thing.id);
      const said = JSON.stringify(changes);
      if (asked !== this.#asked || said === this.#said) return;
      this.#said = said;
      this.#build(incidentsOf(changes));
    } catch (problem) {
      this.#said = "";
      if (asked === this.#asked) this.#show([el("p", { class: "task-failure", role: "alert" }, t("taskFailed", { why: problem.message }))]);
    }
  }

  #show(parts) {
    renew(this.element, el("h3", {}, t("alerts")), ...parts);
  }

  #build(found) {
    const open = found.filter(({ state }) => STANDING.has(state));
    const past = found.filter(({ state }) => !STANDING.has(state));
    const unfolded = this.element.querySelector("details")?.open;
    const before = past.length ? el("details", {}, el("summary", {}, t("pastAlerts", { n: past.length })), el("ul", { class: "task-rows past" }, ...past.slice(0, MOST_PAST).map((alert) => this.#entry(alert)))) : null;
    this.#show([
      open.length ? el("ul", { class: "task-rows standing" }, ...open.map((alert) => this.#entry(alert))) : el("p", { class: "muted" }, t("alertsNone")),
      before,
      past.length > MOST_PAST ? el("p", { class: "muted" }, t("newestPast", { n: MOST_PAST })) : null,
    ].filter(Boolean));
    if (before) before.open = Boolean(unfolded);
  }

  #entry(alert) {
    const level = STANDING.has(alert.state) ? (LEVEL[alert.severity] ?? "none") : "none";
    const shape = glyph(level);
    reshape(shape, level, level === "none" ? 0 : 1);
    const open = alert.state === "firing" && this.may();
    const action = open ? el("button", { type: "button", class: "chip", click: () => this.acknowledge(alert, () => this.of(this.thing)) }, t("acknowledge")) : null;
    return el("li", { "data-incident": alert.incident, "data-state": alert.state, "data-level": level }, shape,
      el("div", {},
        el("p", { class: "task-name" }, el("strong", {}, t(`severity:${alert.severity}`)), el("span", { class: "task-word" }, t(`alert:${alert.state}`))),
        el("p", {}, alert.reason[language()]),
        el("p", { class: "muted" }, when(alert)), action));
  }
}

function when(alert) {
  const [since, ended] = [alert.since, alert.ended].map((time) => (time ? Date.parse(time) : null));
  const span = ended ? t("alertLasted", { time: moment(since), long: duration(ended - since) }) : t("alertSince", { time: moment(since) });
  const known = alert.acknowledged ? [t("acknowledgedBy", alert.acknowledged), alert.acknowledged.comment] : [];
  return [span, ...known, alert.silenced ? t("silenced") : "", alert.group ? t("inGroup") : ""].filter(Boolean).join(" · ");
}

async function everyChange(thing) {
  let page = await get("/v1/alerts/changes", { thing, limit: 1000 });
  const changes = [...page.changes];
  while (page.next) {
    page = await get(page.next);
    changes.push(...page.changes);
  }
  return changes;
}

/** Give each incident as its last change left it, what stands first, then the newest. */
function incidentsOf(changes) {
  const last = new Map();
  for (const change of changes) last.set(`${change.key} ${change.incident}`, change);
  const urgency = ({ state }) => Number(!STANDING.has(state));
  return [...last.values()].sort((a, b) => urgency(a) - urgency(b) || b.since.localeCompare(a.since));
}
